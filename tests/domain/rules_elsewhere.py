"""Rules that need more than one poll, or more words than a line: they have their tests in files of their own."""

SERVER = frozenset({"restarted", "link_down", "saving_fails", "evicting", "rejected", "clock_skew", "our_cost"})
"""tests/domain/test_rules_server.py"""

STREAMS = frozenset({"emptied", "replaced", "growing", "dead_growing"})
"""tests/domain/test_rules_streams.py and test_rules_growth.py"""

ELSEWHERE = SERVER | STREAMS

"""The panes of the group screen: each a list that knows what to read and how to say where in it one is."""

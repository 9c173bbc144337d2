"""The running system without a face: polling, operations, the audit log. Knows neither Redis nor a screen."""

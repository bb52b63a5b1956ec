"""The database: embedded server, connections, roles, schema migrations."""

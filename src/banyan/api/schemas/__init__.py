"""The bodies that the API takes and the answers it gives, a module a resource."""

"""What the bounded process can do, one module a job. Each imports its package when it is loaded."""

"""What generation runs on: devices, threads, memory, KV caches, rounded weights."""

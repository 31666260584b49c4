"""`labkit serve`: an OpenAI-compatible server that serves one model to a class.

| module | purpose |
|---|---|
| `batching` | shares a forward pass between rollouts of different lengths |
| `scheduler` | schedules requests: running, queued, rejected |
| `responses`, `stop_strings` | turn a rollout into a response, and end it at stop strings |
| `protocol` | the JSON of requests and responses |
| `app` | the endpoints and their authentication |
| `connections` | limits the number of connections, and the time that a client may take |
| `run` | starts the server from the command line, and shuts it down |

Why not `transformers serve` (5.23)? It refuses a request for logprobs, which TokenView needs. Without continuous
batching it runs requests one by one; with it, the temperature of the first request applies to all, and seeds are
ignored.

Speed is not the main reason. R1-mini, 30 prompts at once at temperature 0, two cores, one thread, no HTTP, on an
idle machine: the library's continuous batching (called directly, pages of 256, at most 900 tokens a rollout) gives
904 tokens/s, `batching` 1,275 with stock forward passes. Under load they give 536 and 557. A separate labkit loop
for each rollout, in turn, gives about 270. If vLLM and a GPU for it are available, vLLM serves the model.
"""

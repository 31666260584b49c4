"""`labkit serve`: one model for a class, spoken to as any OpenAI-compatible server is.

| module | its question |
|---|---|
| `batch` | how do thoughts of different lengths share a forward pass? |
| `desk` | who thinks now, who waits, who is sent away? |
| `wire` | what is asked and answered, as JSON? |
| `app` | which address does what, and who may? |
| `run` | from the command line to a server that listens, and to its end |

Why not `transformers serve` as it is (5.23; R1-mini, 30 prompts at once, two cores, one thread): without
continuous batching its thoughts stand in line; with it they come at 855 tokens/s, but one temperature and one
seed count for all, and alternatives are not told, of which TokenView is made. Stepping through 30 of labkit's
own loops in turn gives 266 tokens/s; `batch` gives 1,099, with each student's own settings, seed and
alternatives, by stock forward passes, and the tokens that `model.think` writes. Where vLLM is installed and
there is a card for it, vLLM serves.
"""

"""`labkit serve`: one model for a class, spoken to as any OpenAI-compatible server is.

| module | its question |
|---|---|
| `batch` | how do thoughts of different lengths share a forward pass? |
| `desk` | who thinks now, who waits, who is sent away? |
| `answers`, `stops` | how does a thought become an answer, and where does it end? |
| `wire` | what is asked and answered, as JSON? |
| `app` | which address does what, and who may? |
| `connections` | how many may be open, and how long may a client take? |
| `run` | from the command line to a server that listens, and to its end |

Why not `transformers serve` as it is (5.23)? It refuses a question that wants log-probabilities, of which TokenView
is made. Without continuous batching its thoughts stand in line; with it the first question's temperature counts
for all, and a seed for none.

Speed alone would not decide. R1-mini, 30 prompts at once at temperature 0, two cores, one thread, no HTTP, on a
quiet machine: the library's continuous batching (called directly, pages of 256, at most 900 tokens a thought) gives
904 tokens/s, `batch` 1,275, by stock forward passes. Under load both fall, to 536 and 557. One of labkit's own loops
for each thought, in turn, gives about 270. Where vLLM is installed and there is a card for it, vLLM serves.
"""

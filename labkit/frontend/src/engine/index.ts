// R1-mini's engine: a checkpoint's three files in, tokens out. No dependency, and it runs in Node and in a browser.
export { generate, prefill, sampledToken, uniforms, type SampledToken } from "./generate";
export { MersenneTwister } from "./random";
export { readSafetensors } from "./safetensors";
export { topTokens } from "./sampling";
export { Tokenizer } from "./tokenizer";
export { Transformer, type Cache, type Config, type Recorder } from "./transformer";

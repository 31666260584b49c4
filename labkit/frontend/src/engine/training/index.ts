// Learning in the page: the gradient of a Qwen2 transformer, AdamW, and GRPO. No dependency, as the engine.
export { AdamW, clipNorm } from "./adamw";
export { advantagesOf, grpoLoss, grpoSlope, type LossSettings, type Variant } from "./grpo";
export { batchOf, Network, type Batch, type Sequence, type Slope } from "./network";
export { newWeights, weightsOf, type Weights } from "./parameters";
export { sample, type RolloutTokens, type SampleSettings } from "./sampler";
export { drawToken, type DrawSettings } from "./draw";

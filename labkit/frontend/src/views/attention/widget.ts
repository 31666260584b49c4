import { mountWidget } from "../../core/mount-widget";
import { AttentionSource } from "./source";
import { attentionView } from "./view";

export default mountWidget((model) => new AttentionSource(model), attentionView);

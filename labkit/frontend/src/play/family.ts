// What is true of R1-mini and of each checkpoint that was trained like it; labkit/traces/families/r1_mini.py.
export const FAMILY = "r1-mini";
export const TAGS = { opened: true, open_tag: "<think>", close_tag: "</think>" };
export const END = "<｜end▁of▁sentence｜>"; // is shown, and is no part of the text
/** The sampling that the card of the models names. */
export const SAMPLING = { temperature: 0.6, topP: 0.95 };

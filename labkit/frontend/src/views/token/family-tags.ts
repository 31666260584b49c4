// Written by generate_contract.py from labkit/traces/families/family.py. Do not edit.

/** The tags of a family, and what it writes around them. */
export interface FamilyTags {
  readonly name: string;
  readonly first: boolean;
  readonly open: string;
  readonly close: string;
  readonly after_close: string;
  readonly boundary: string;
  readonly answer_end: string;
  readonly tool_calls: readonly string[];
}

/** The families that write more than their tags; `first` stands for its tags where no family is named. */
export const FAMILY_TAGS: readonly FamilyTags[] = [
  {"name": "gpt-oss", "first": true, "open": "<|channel|>analysis<|message|>", "close": "<|channel|>final<|message|>", "after_close": "", "boundary": "<|end|><|start|>assistant", "answer_end": "", "tool_calls": ["<|channel|>commentary", "<|end|><|start|>assistant to="]},
  {"name": "qwen", "first": false, "open": "<think>", "close": "</think>", "after_close": "\n\n", "boundary": "", "answer_end": "", "tool_calls": ["<tool_call>"]},
  {"name": "kimi-k3", "first": true, "open": "<|open|>think<|sep|>", "close": "<|close|>think<|sep|>", "after_close": "<|open|>response<|sep|>", "boundary": "", "answer_end": "<|close|>response<|sep|>", "tool_calls": []},
  {"name": "command-a-reasoning", "first": true, "open": "<|START_THINKING|>", "close": "<|END_THINKING|>", "after_close": "<|START_TEXT|>", "boundary": "", "answer_end": "<|END_TEXT|>", "tool_calls": []},
  {"name": "inkling", "first": true, "open": "<|message_model|><|content_thinking|>", "close": "<|content_text|>", "after_close": "", "boundary": "<|end_message|>", "answer_end": "", "tool_calls": []},
  {"name": "glimmer", "first": true, "open": "to=self<|message|>", "close": "to=user<|message|>", "after_close": "", "boundary": "<|eom|><|start|>assistant ", "answer_end": "", "tool_calls": []},
  {"name": "granite-3.3", "first": false, "open": "<think>", "close": "</think>", "after_close": "<response>", "boundary": "", "answer_end": "</response>", "tool_calls": []},
  {"name": "openthinker", "first": true, "open": "<|begin_of_thought|>", "close": "<|end_of_thought|>", "after_close": "\n\n<|begin_of_solution|>", "boundary": "", "answer_end": "<|end_of_solution|>", "tool_calls": []},
  {"name": "hunyuan-a13b", "first": false, "open": "<think>", "close": "</think>", "after_close": "\n<answer>\n", "boundary": "\n", "answer_end": "\n</answer>", "tool_calls": []},
];

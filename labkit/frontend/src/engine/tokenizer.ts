// The tokenizer of R1-mini: its added tokens (words, numbers, tags), and single bytes for all other text.

/** The part of a tokenizer.json that is used. */
interface TokenizerFile {
  readonly model: { readonly vocab: Readonly<Record<string, number>>; readonly merges: readonly unknown[] };
  readonly added_tokens: readonly AddedToken[];
}

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean; // it matches only where no letter or digit touches it
}

const BEGIN = "<｜begin▁of▁sentence｜>";
const END = "<｜end▁of▁sentence｜>";
const WORD = "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]";
const WORD_BEFORE = new RegExp(`${WORD}$`, "u");
const WORD_AFTER = new RegExp(`^${WORD}`, "u");
const ENCODER = new TextEncoder();

export class Tokenizer {
  readonly endId: number;
  readonly #added: ReadonlyMap<string, AddedToken>;
  readonly #pattern: RegExp;
  readonly #bytes: readonly number[]; // the id of each byte
  readonly #pieces: ReadonlyMap<number, Uint8Array>;

  /** Throws an `Error` whose message is a sentence if this is not a tokenizer of bytes and added tokens. */
  constructor(file: TokenizerFile) {
    if (file.model.merges.length)
      throw new Error("A tokenizer must have no merges to be read here, as R1-mini's has none.");
    this.#added = new Map(file.added_tokens.map((token) => [token.content, token]));
    // Of the tokens that begin at a place, the longest matches.
    const contents = [...this.#added.keys()].sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(contents.map(escaped).join("|"), "gu");
    this.#bytes = byteLetters().map((letter) => file.model.vocab[letter] ?? 0);
    this.#pieces = new Map([
      ...this.#bytes.map((id, byte) => [id, Uint8Array.of(byte)] as const),
      ...file.added_tokens.map(({ id, content }) => [id, ENCODER.encode(content)] as const),
    ]);
    this.endId = this.#added.get(END)?.id ?? -1;
  }

  /** The prompt as the model was trained to read it: up to the opening tag of the thought. */
  template(prompt: string): string {
    return `${BEGIN}<｜User｜>${prompt}<｜Assistant｜><think>\n`;
  }

  encode(text: string): number[] {
    const ids: number[] = [];
    let from = 0;
    for (const match of text.matchAll(this.#pattern)) {
      const [end, token] = [match.index + match[0].length, this.#added.get(match[0])];
      if (!token || (token.single_word && isInsideWord(text, match.index, end))) continue;
      ids.push(...this.#encodeBytes(text.slice(from, match.index)), token.id);
      from = end;
    }
    return [...ids, ...this.#encodeBytes(text.slice(from))];
  }

  /** Whether a token is one of the added ones, on which alone R1-mini was trained, or else a single byte. */
  isAdded(id: number): boolean {
    return [...this.#added.values()].some((token) => token.id === id);
  }

  /** The UTF-8 bytes of a token; none if there is no such token. */
  bytes(id: number): Uint8Array {
    return this.#pieces.get(id) ?? new Uint8Array();
  }

  /** The text of a token; a part of a character is a replacement mark. */
  text(id: number): string {
    return new TextDecoder().decode(this.bytes(id));
  }

  #encodeBytes(text: string): number[] {
    return Array.from(ENCODER.encode(text.normalize("NFC")), (byte) => this.#bytes[byte] ?? 0);
  }
}

/** The letter that stands for each byte in a byte-level vocabulary (GPT-2): printable bytes stand for themselves. */
function byteLetters(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCodePoint(printable ? byte : next++);
  });
}

function isInsideWord(text: string, start: number, end: number): boolean {
  return WORD_BEFORE.test(text.slice(0, start)) || WORD_AFTER.test(text.slice(end));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

// Written by generate_contract.py from labkit/views/cost/contract.py. Do not edit.

/** A row of `data/facts/`: a number, and how it is known. */
export interface Fact {
  readonly id: string;
  readonly claim: string;
  readonly value: number;
  readonly unit: string;
  readonly date: string;
  readonly source: string;
  readonly mark: "read" | "second hand" | "derived" | "assumed";
}

/** A value that the user may change, with its range. */
export interface Slider {
  readonly name: "tokens" | "price" | "questions" | "card" | "rent" | "life" | "utilisation" | "speed" | "power" | "electricity" | "interest";
  readonly group: string;
  readonly title: string;
  readonly unit: string;
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly fact: Fact;
}

/** A model at an API, with the price of its output tokens. */
export interface Offer {
  readonly name: string;
  readonly group: string;
  readonly open: boolean;
  readonly fact: Fact;
}

/** A life of servers in years, and the companies that use it in their accounts. */
export interface Life {
  readonly years: number;
  readonly who: string;
  readonly facts: readonly Fact[];
}

/** The sliders, the offers and the lives. */
export interface Scene {
  readonly sliders: readonly Slider[];
  readonly offers: readonly Offer[];
  readonly lives: readonly Life[];
}

/** The values of the sliders. */
export interface Focus {
  readonly tokens: number;
  readonly price: number;
  readonly questions: number;
  readonly card: number;
  readonly rent: number;
  readonly life: number;
  readonly utilisation: number;
  readonly speed: number;
  readonly power: number;
  readonly electricity: number;
  readonly interest: number;
}

import { expect, test } from "vitest";
import { kindName } from "../src/core/names";
import { kindColor } from "../src/core/step-kinds";
import { python } from "./python";

test("a kind of step has the colour that Python gives it", () => {
  for (const [kind, color] of python.kinds) expect([kind, kindColor(kind)]).toEqual([kind, color]);
});

test("a kind that labkit does not know is shown as it is, whatever its name", () => {
  expect(kindName("joke")).toBe("joke");
  expect(kindName("constructor")).toBe("constructor");
  expect(kindName("uncertainty_management")).toBe("uncertain");
});

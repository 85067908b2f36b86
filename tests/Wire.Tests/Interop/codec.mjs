// Sparkplug B by a codec that is not ours, line by line.
// decode: payloads as hex to JSON; encode: JSON to payloads as hex.
import { createInterface } from "node:readline";
import sparkplug from "sparkplug-payload";

const { encodePayload, decodePayload } = sparkplug.get("spBv1.0");

// A 64-bit number becomes its decimal digits, or it would be rounded in JSON.
const asJson = (key, value) =>
  value !== null && typeof value === "object" && "unsigned" in value ? value.toString() : value;

// Long values toString() before JSON.stringify looks for a toJSON of theirs.
const directions = {
  decode: (line) => JSON.stringify(decodePayload(Buffer.from(line, "hex")), asJson),
  encode: (line) => Buffer.from(encodePayload(JSON.parse(line))).toString("hex"),
};

const translate = directions[process.argv[2]];
for await (const line of createInterface({ input: process.stdin })) {
  console.log(translate(line));
}

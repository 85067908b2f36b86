// The records of an archive by a Parquet reader that is not the hub's, a line of JSON each.
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";

const file = await asyncBufferFromFile(process.argv[2]);
const asText = (value) =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value?.toString() ?? null;
for (const row of await parquetReadObjects({ file, compressors, utf8: false })) {
  console.log(JSON.stringify(Object.values(row).map(asText)));
}

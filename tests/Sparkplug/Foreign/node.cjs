// An edge node by npm sparkplug-client: Will with QoS 0, bdSeq always 0 and a UInt64, no primary
// host. Its names are none of our identifiers. Says on standard output when it is asked for births.
const sparkplug = require("sparkplug-client");

const client = sparkplug.newClient({
  serverUrl: process.argv[2],
  username: "plant-x/edge-1",
  password: "",
  groupId: "plant-x",
  edgeNode: "edge-1",
  clientId: "foreign",
  version: "spBv1.0",
});
const now = () => Date.now();
const metric = (name, type, value) => ({ name, type, value, timestamp: now() });
let count = 0;

client.on("birth", () => {
  client.publishNodeBirth({
    timestamp: now(),
    metrics: [
      metric("Node Control/Rebirth", "Boolean", false),
      metric("Cabinet/Temperature", "Double", 21.5),
    ],
  });
  client.publishDeviceBirth("Pump 1", {
    timestamp: now(),
    metrics: [metric("Pressure [bar]", "Float", 0.5), metric("State", "String", "off")],
  });
});
client.on("ncmd", () => console.log("asked for births"));
client.on("connect", () => {
  setInterval(() => {
    count += 1;
    client.publishDeviceData("Pump 1", {
      timestamp: now(),
      metrics: [metric("Pressure [bar]", "Float", count)],
    });
    client.publishNodeData({
      timestamp: now(),
      metrics: [metric("Cabinet/Temperature", "Double", count), metric("Undeclared", "Int32", 1)],
    });
  }, 100);
});

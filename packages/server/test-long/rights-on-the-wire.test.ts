process.env["CONNACK_RULE_LISTS"] = "5000";

// The same trial as in the suite, with more lists.
await import("../src/brokers/embedded/rights-on-the-wire.test.ts");

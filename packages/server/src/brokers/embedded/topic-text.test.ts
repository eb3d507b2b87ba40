import { expect, it } from "vitest";
import { isClientFilter, isClientTopic } from "./topic-text.ts";

it.each(["a", "/", "a/b", "a/$b", " ", "ä/💡", "__proto__"])("'%s' may be published to", (topic) => {
  expect(isClientTopic(topic)).toBe(true);
});

it.each(["", "$", "$SYS/x", "$share/g/t", "#", "a/#", "+", "a+b", "a\0b", "a\ufffd"])("'%s' may not", (topic) => {
  expect(isClientTopic(topic)).toBe(false);
});

it.each(["a", "#", "+/a", "$SYS/#", "$SYS/broker"])("'%s' may be subscribed to", (filter) => {
  expect(isClientFilter(filter)).toBe(true);
});

it.each(["", "$SYS", "$share/g/t", "$queue/t", "$", "$connack/nowhere", "$__proto__"])("'%s' may not be", (filter) => {
  expect(isClientFilter(filter)).toBe(false);
});

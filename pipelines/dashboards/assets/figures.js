"use strict";
// Shared by the static site and the app: figures come in light colours, each with its dark counterpart.
window.tenureFigures = {
  NARROW: 480,
  themed(value, dark) {
    if (dark === null) return value;
    if (typeof value === "string") return dark[value] ?? value;
    if (Array.isArray(value)) return value.map((item) => this.themed(item, dark));
    if (value !== null && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.themed(item, dark)]));
    }
    return value;
  },
};

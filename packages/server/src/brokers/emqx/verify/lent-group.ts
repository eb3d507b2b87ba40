/** First part of a throw-away xiaozhi client id; a group of nobody. */
export const lentGroup = "connack-verify";

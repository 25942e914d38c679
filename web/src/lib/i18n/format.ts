export type Params = Readonly<Record<string, string | number>>;

/**
 * Fills `{name}` with a parameter, and `{name|one|many}` with `one` when the parameter is 1, else `many`.
 * A parameter that is not given stays as it is written, so that it is seen.
 */
export function fill(text: string, params: Params): string {
  return text.replace(
    /\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g,
    (whole, name: string, one?: string, many?: string) => {
      const value = params[name];
      if (value === undefined) return whole;
      if (one === undefined || many === undefined) return String(value);
      return String(value) === '1' ? one : many;
    },
  );
}

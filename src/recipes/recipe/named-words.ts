/** What stands behind `name=`, and the rest in its order. */
export interface Words {
  readonly plain: readonly string[];
  readonly named: Readonly<Record<string, string>>;
}

/** Of `events by=created_at every=month`; a name that is not in the list is no such word. */
export function wordsIn(words: readonly string[], names: readonly string[]): Words {
  const pairs = words.map((word) => {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/s.exec(word) ?? [];
    return { word, name, value };
  });
  return {
    plain: pairs.flatMap(({ word, name }) => (names.includes(name) ? [] : [word])),
    named: Object.fromEntries(pairs.flatMap(({ name, value }) => (names.includes(name) ? [[name, value]] : []))),
  };
}

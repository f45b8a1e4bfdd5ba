/**
 * The map's value for the key. One that is not there is made and kept, so that the next caller gets
 * the same.
 */
export function getOrMake<Key, Value>(
  map: Map<Key, Value>,
  key: Key,
  make: (key: Key) => Value,
): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make(key);
  map.set(key, made);
  return made;
}

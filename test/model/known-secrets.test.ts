import { expect, test } from 'vitest';
import { hideSecrets, keepSecrets } from '../../src/model/known-secrets.ts';

const PASSWORD = `s3cr%t@/:?#&é "q'$x\\y`;

test('a password is hidden as it is, encoded, and encoded in part', () => {
  keepSecrets([PASSWORD], []);
  const encoded = encodeURIComponent(PASSWORD);
  const forms = [
    PASSWORD,
    encoded,
    encoded.toLowerCase(),
    encoded.replaceAll("'", '%27'),
    encodeURI(PASSWORD),
    new URLSearchParams({ p: PASSWORD }).toString().slice(2),
    JSON.stringify(PASSWORD).slice(1, -1),
    PASSWORD.replaceAll("'", "''"),
    encoded.replaceAll('%25', '%').replaceAll('%24', '$'),
  ];
  expect(forms.map((form) => hideSecrets(`a ${form} b`))).toEqual(forms.map(() => 'a **** b'));
});

test('a password that was given encoded is hidden decoded too', () => {
  keepSecrets(['pa%24%24word'], []);
  expect(hideSecrets('pa$$word, pa%24%24word, pa%2524%2524word')).toBe('****, ****, ****');
});

test('what is short, or a word of every message, is not hidden', () => {
  keepSecrets(['abc', 'shop', undefined, ''], ['shop']);
  expect(hideSecrets('abc shop')).toBe('abc shop');
});

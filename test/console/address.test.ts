import { expect, test } from 'vitest';
import { addressForOthers, addressHere } from '../../src/console/address.js';

test.each([
  [null, '127.0.0.1', '127.0.0.1:80'],
  [null, 'fe80::1', '[fe80::1]:80'],
  ['worker-1', '0.0.0.0', 'worker-1:80'],
  ['worker-1:8080', '0.0.0.0', 'worker-1:8080'],
  ['[fe80::1]', '::', '[fe80::1]:80'],
  ['[fe80::1]:8080', '::', '[fe80::1]:8080'],
])('advertised as %s, listening on %s: others are told %s', (advertised, host, address) => {
  expect(addressForOthers(advertised, host, 80)).toBe(address);
});

test.each([
  ['127.0.0.1', '127.0.0.1:80'],
  ['0.0.0.0', '127.0.0.1:80'],
  ['::', '[::1]:80'],
  ['10.0.0.7', '10.0.0.7:80'],
])('listening on %s: reached here at %s', (host, address) => {
  expect(addressHere(host, 80)).toBe(address);
});

import { describe, expect, it } from 'vitest';
import { faultOfCallback } from './callback-url.js';

const fault = (url: string) => faultOfCallback(url, { loopback: false });
const atHome = (url: string) => faultOfCallback(url, { loopback: true });

const everywhere = [
  'https://client.example/hooks/orders?a=b',
  'https://client.example:8443/',
  'HTTPS://CLIENT.EXAMPLE/',
  'https://8.8.8.8/',
  'https://11.0.0.1/',
  'https://100.63.255.255/',
  'https://100.128.0.1/',
  'https://172.15.0.1/',
  'https://172.32.0.1/',
  'https://169.253.0.1/',
  'https://223.255.255.254/',
  'https://[2606:4700::1111]/',
  'https://[2a00:1450:4001::1]/',
  'https://localhost.example/',
  'https://notlocalhost.example/',
  'https://client.example./',
  'https://local.example/',
  'https://client.example/@home',
  'https://client.example/?at=a@b&to=/',
  'https://client.example?at=a@b',
];

const home = [
  'https://127.0.0.1/',
  'https://127.255.255.254:9/',
  'https://[::1]/',
  'https://localhost/',
  'https://LOCALHOST./',
  'https://a.localhost/',
  'http://127.0.0.1:4000/hook',
  'http://[::1]:4000/',
  'http://localhost:4000/',
  // The same in other spellings.
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f.0.0.1/',
  'https://0177.0.0.01/',
  'https://017700000001/',
  'https://127.0.0.1./',
  'https://１２７.0.0.1/',
  'https://127。0。0。1/',
  'https://[0:0:0:0:0:0:0:1]/',
];

const never = [
  'http://client.example/',
  'http://8.8.8.8/',
  'ftp://client.example/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'client.example',
  '/hooks',
  '',
  'https://',
  'https:client.example',
  'https:/client.example/',
  'https:///client.example/',
  'https:///x',
  'https:\\\\client.example\\',
  'https://client.example\\@127.0.0.1/',
  'https://127.0.0.1\\@client.example/',
  'https://client.example/\\',
  ' https://client.example/',
  'https://client.example/ ',
  'https://client.\texample/',
  'https://client.example/a\nb',
  'https://ada@client.example/',
  'https://ada:secret@client.example/',
  'https://:secret@client.example/',
  'https://@client.example/',
  'https://:@client.example/',
  'https://client.example:80@8.8.8.8/',
  'https://%6c%6f%63alhost.localdomain/',
  'https://x/',
  'https://x./',
  'https://ip6-localhost/',
  'https://ip6-loopback/',
  'https://localhost4/',
  'https://localhost.localdomain/',
  'https://LOCALHOST.LOCALDOMAIN./',
  'https://localhost6.localdomain6/',
  'https://printer.local/',
  'https://metadata.google.internal/',
  'https://router.home.arpa/',
  'https://％６９p6-localhost/',
  'https://0.0.0.0/',
  'https://0/',
  'https://10.0.0.1/',
  'https://012.0.0.1/',
  'https://0xa000001/',
  'https://167772161/',
  'https://10.1/',
  'https://100.64.0.1/',
  'https://100.127.255.254/',
  'https://169.254.169.254/',
  'https://0xA9FEA9FE/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.0.0.8/',
  'https://192.0.2.1/',
  'https://192.88.99.1/',
  'https://192.168.1.1/',
  'https://198.18.0.1/',
  'https://198.19.255.255/',
  'https://198.51.100.7/',
  'https://203.0.113.7/',
  'https://224.0.0.1/',
  'https://239.255.255.255/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[::ffff:8.8.8.8]/',
  'https://[::127.0.0.1]/',
  'https://[64:ff9b::10.0.0.1]/',
  'https://[64:ff9b::a00:1]/',
  'https://[64:ff9b:1::1]/',
  'https://[2002:a00:1::]/',
  'https://[2001:0:53aa:64c::1]/',
  'https://[2001:db8::1]/',
  'https://[3fff::1]/',
  'https://[100::1]/',
  'https://[fc00::1]/',
  'https://[fd12:3456::1]/',
  'https://[fe80::1]/',
  'https://[fec0::1]/',
  'https://[ff02::1]/',
  'https://[4000::1]/',
];

describe('an address that we are asked to call', () => {
  it.each(everywhere)('%s is fine', (url) => {
    expect(fault(url)).toBeUndefined();
    expect(atHome(url)).toBeUndefined();
  });

  it.each(home)('%s is fine where loopback is allowed, and only there', (url) => {
    expect(fault(url)).toEqual(expect.any(String));
    expect(atHome(url)).toBeUndefined();
  });

  it.each(never)('%s is refused, loopback or not', (url) => {
    expect(fault(url)).toEqual(expect.any(String));
    expect(atHome(url)).toEqual(expect.any(String));
  });
});

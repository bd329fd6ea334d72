import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapedXml, isXmlText, parseXml, textIn } from '@main/platform/s3/quick-xml';

describe('an answer in XML', () => {
  test('is read whatever the order, spaces, namespaces and ways of quoting', () => {
    const one = parseXml('<?xml version="1.0" encoding="UTF-8"?>\n<!-- a store --><s3:List xmlns:s3="http://x/"><Key>a</Key><ETag>&#34;1&#x22;&quot;</ETag></s3:List>');
    expect(one?.name).toBe('List');
    expect(one === null ? '' : textIn(one, 'ETag')).toBe('"1""');
    const other = parseXml('<List>\n  <ETag a="b>"\n/>\n  <Key ><![CDATA[<a&amp;>]]></Key>\n</List>');
    expect(other === null ? '' : textIn(other, 'Key')).toBe('<a&amp;>');
    const texts = parseXml('<a>1 &lt; 2 &amp;&amp; &apos;&#128512;&apos; &unknown; &#9999999;</a>');
    expect(texts?.text).toBe('1 < 2 && \'😀\' &unknown; &#9999999;');
  });

  test.each(['', 'not XML', '<a><b></b>', '<a><b></a></b>', '<a', '<a><![CDATA[x</a>', '<a><!-- </a>', '{"a":1}', '</a>'])('%j is none', (text) => {
    expect(parseXml(text)).toBeNull();
  });

  test('cut anywhere it is none', () => {
    const whole = '<List><Contents><Key>a b</Key><Size>1</Size></Contents></List>';
    for (let at = 0; at < whole.length; at += 1) expect(parseXml(whole.slice(0, at))).toBeNull();
    expect(parseXml(whole)?.children).toHaveLength(1);
  });

  test('carries every text that XML can carry', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", ']]>', '&lt;', '&#1', ';', ' ', '\r', '\n', '\t', 'a', 'ü', '\uffee', '😀', '\u0080') }), (text) => {
        expect(parseXml(`<a><Key>${escapedXml(text)}</Key></a>`)?.children[0]?.text).toBe(text);
      }),
    );
    expect(isXmlText('a\u0001')).toBe(false);
    expect(isXmlText('a\r\n\t')).toBe(true);
  });

  test('whatever comes is answered', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('<', '>', '/', 'a', '&', ';', '#', '!', '-', '[', ']', '?', ' ') }), (text) => void parseXml(text)));
  });
});

import { describe, expect, it } from 'vitest';
import en from './en';
import { interpolate, paramsOf } from './interpolate';
import ko from './ko';
import { pickLocale } from './locale';

describe('messages', () => {
  it('have the same keys in every language', () => {
    expect(Object.keys(ko).sort()).toEqual(Object.keys(en).sort());
  });
  it.each(Object.keys(en) as (keyof typeof en)[])('%s uses the same parameters in every language', (key) => {
    expect(en[key].trim()).not.toBe('');
    expect(ko[key].trim()).not.toBe('');
    expect([...new Set(paramsOf(ko[key]))].sort()).toEqual([...new Set(paramsOf(en[key]))].sort());
  });
});

describe('interpolate', () => {
  it('fills names and chooses plural words', () => {
    expect(interpolate('{n} {n|function|functions} in {where}', { n: 1, where: 'x' }, 'en')).toBe('1 function in x');
    expect(interpolate('{n} {n|function|functions}', { n: '1,300' }, 'en')).toBe('1,300 functions');
  });
  it('leaves an unknown name visible', () => {
    expect(interpolate('{a}', {}, 'en')).toBe('{a}');
  });
});

describe('pickLocale', () => {
  it('prefers the choice, then the browser, then English', () => {
    expect(pickLocale('en', ['ko-KR'])).toBe('en');
    expect(pickLocale(null, ['ko-KR', 'en'])).toBe('ko');
    expect(pickLocale(null, ['fr'])).toBe('en');
  });
});

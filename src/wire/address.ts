/**
 * IP addresses and prefixes: values, prefixes, text.
 *
 * @module
 */
export * from './address-prefix.ts';
export * from './address-text.ts';
export * from './address-value.ts';

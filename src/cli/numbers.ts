/** 12,345 */
export const commas = (value: number): string => Math.round(value).toLocaleString('en-US');

/** 12.3 Mbit/s, 812 Mbit/s, 2.41 Gbit/s */
export const megabits = (bitsPerSecond: number): string => {
  if (bitsPerSecond >= 1e9) return `${(bitsPerSecond / 1e9).toFixed(2)} Gbit/s`;
  const value = bitsPerSecond / 1e6;
  return `${value >= 100 ? commas(value) : value.toFixed(1)} Mbit/s`;
};

/** 0.21 ms, 12.3 ms, 450 ms */
export const milliseconds = (value: number): string => {
  if (!Number.isFinite(value)) return '-';
  return `${value >= 100 ? commas(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ms`;
};

/**
 * 0s, 59s, 5m3s, 1h0m0s, 29d23h59m57s: as KAME's tools print them.
 *
 * @param units most that are told, the largest first: 29d23h. Default: all
 */
export const duration = (seconds: number, units = 4): string => {
  const whole = Math.floor(seconds);
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  const told = first < 0 ? parts.slice(-1) : parts.slice(first, first + units);
  return told.map(([value, unit]) => `${value}${unit}`).join('');
};

/** 0 %, 0.04 %, 12 %; a little never looks like nothing, nor nearly all like all. */
export const percent = (share: number): string => {
  const value = share * 100;
  if (value === 0) return '0 %';
  if (value > 99.9 && value < 100) return '> 99.9 %';
  if (value >= 10) return `${Math.round(value)} %`;
  return value < 0.01 ? '< 0.01 %' : `${value.toFixed(value >= 1 ? 1 : 2)} %`;
};

const ticks = '▁▂▃▄▅▆▇█';

/** The latest `width` values as a line of bars, scaled from 0 to the largest of them. */
export const sparkline = (values: readonly number[], width: number): string => {
  const shown = values.slice(-width);
  const largest = Math.max(...shown, Number.MIN_VALUE);
  return shown.map((value) => ticks[Math.min(7, Math.max(0, Math.floor((value / largest) * 8)))] ?? ' ').join('');
};

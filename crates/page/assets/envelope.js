// Of a curve that has more samples than a screen has columns: for each column its first, least, greatest and
// last sample, each with its own instant. A spike of a microsecond in a week is there at every scale.
"use strict";

// Least and greatest of blocks of 16, of 256, and so on, as places of samples.
function pyramid(values) {
  const levels = [];
  let least = null, greatest = null, count = values.length;
  while (count > 16) {
    const next = Math.ceil(count / 16);
    const low = new Uint32Array(next), high = new Uint32Array(next);
    for (let block = 0; block < next; block++) {
      const begin = block * 16, end = Math.min(begin + 16, count);
      let l = least ? least[begin] : begin, h = greatest ? greatest[begin] : begin;
      for (let i = begin + 1; i < end; i++) {
        const li = least ? least[i] : i, hi = greatest ? greatest[i] : i;
        if (values[li] < values[l]) l = li;
        if (values[hi] > values[h]) h = hi;
      }
      low[block] = l;
      high[block] = h;
    }
    levels.push({ least: low, greatest: high });
    least = low;
    greatest = high;
    count = next;
  }
  return levels;
}

// Places of the least and the greatest sample of [begin, end).
function extremes(values, levels, begin, end) {
  let least = begin, greatest = begin;
  const look = (l, h) => {
    if (values[l] < values[least]) least = l;
    if (values[h] > values[greatest]) greatest = h;
  };
  let at = begin;
  while (at < end) {
    let level = 0, size = 1;
    while (level < levels.length && at % (size * 16) === 0 && at + size * 16 <= end) {
      size *= 16;
      level++;
    }
    if (level === 0) look(at, at);
    else look(levels[level - 1].least[at / size], levels[level - 1].greatest[at / size]);
    at += size;
  }
  return [least, greatest];
}

// The first place whose instant is at or behind `at`.
function firstAt(times, at) {
  let low = 0, high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < at) low = middle + 1; else high = middle;
  }
  return low;
}

// Places of the samples to draw of [from, to] on so many columns, ascending; one more at either side, so that
// the line goes on beyond the edge.
function envelope(curve, from, to, columns) {
  const { times, values, levels } = curve;
  const begin = Math.max(firstAt(times, from) - 1, 0);
  const end = Math.min(firstAt(times, to) + 2, times.length);
  if (end - begin <= 4 * columns) return Array.from({ length: end - begin }, (_, i) => begin + i);
  const places = [];
  let left = begin;
  for (let column = 0; column < columns && left < end; column++) {
    const right = column === columns - 1 ? end : Math.min(Math.max(firstAt(times, from + ((to - from) * (column + 1)) / columns), left), end);
    if (right === left) continue;
    if (right - left <= 4) {
      for (let i = left; i < right; i++) places.push(i);
    } else {
      const [least, greatest] = extremes(values, levels, left, right);
      for (const i of [left, Math.min(least, greatest), Math.max(least, greatest), right - 1]) {
        if (places.length === 0 || places[places.length - 1] < i) places.push(i);
      }
    }
    left = right;
  }
  return places;
}

// The value at an instant: on the line between two samples, or held; nothing before the first.
function valueAt(curve, at) {
  const { times, values, holds } = curve;
  let after = firstAt(times, at);
  while (after < times.length && times[after] <= at) after++;
  if (after === 0) return null;
  const before = after - 1;
  if (holds || after === times.length) return values[before];
  const share = (at - times[before]) / (times[after] - times[before]);
  return values[before] + (values[after] - values[before]) * share;
}

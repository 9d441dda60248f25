/**
 * Every flight that was scheduled to leave New York in 2013: at its scheduled departure, will it arrive 15 or more minutes
 * late? The data, its sources and its oddities: data/flights/README.md.
 */
import {
  boostedTrees,
  count,
  distinct,
  event,
  group,
  hourOf,
  last,
  max,
  mean,
  model,
  secondsSince,
  share,
  std,
  topology,
  view,
  weekdayOf,
} from 'headrace';
import { Arrival, Departure, Weather } from '../schemas/events.js'; // `headrace types` writes it

// What happens: what identifies it, when it happened, when it was known.
const departure = event(Departure, {
  topic: 'departures',
  id: 'flight_id',
  time: 'time',
  knownAt: 'time',
  marks: true,
});
const arrival = event(Arrival, { topic: 'arrivals', id: 'flight_id', time: 'time', knownAt: 'time', marks: true });
// Weather is stamped with the start of its hour, and observed up to 51 minutes into it.
const weather = event(Weather, {
  topic: 'weather',
  id: ['origin', 'time'],
  time: 'time',
  knownAt: { field: 'time', plus: '1h' },
  marks: true,
});
const late = arrival.arr_delay.gte(15);

// What is remembered: one group per entity. The key names the events that the group reads.
const origin = group('origin', {
  version: 1,
  key: [departure.origin, arrival.origin, weather.origin],
  features: {
    origin_departures_1h: count(departure, '1h'),
    origin_departure_carriers_3h: distinct(departure.carrier, '3h'),
    origin_mean_delay_1h: mean(arrival.arr_delay, '1h'),
    origin_mean_delay_3h: mean(arrival.arr_delay, '3h'),
    origin_mean_delay_24h: mean(arrival.arr_delay, '24h'),
    origin_late_share_3h: share(late, '3h'),
    origin_arrival_carriers_3h: distinct(arrival.carrier, '3h'),
    origin_max_delay_24h: max(arrival.arr_delay, '24h'),
    origin_last_wind_speed: last(weather.wind_speed, 'all time'),
    origin_last_precip: last(weather.precip, 'all time'),
    origin_last_visib: last(weather.visib, 'all time'),
  },
});
const plane = group('plane', {
  version: 1,
  key: [departure.tailnum, arrival.tailnum], // null: every feature is missing
  features: {
    tail_last_delay: last(arrival.arr_delay, 'all time'),
    tail_seconds_since_arrival: secondsSince(arrival, 'all time'),
    tail_arrivals_24h: count(arrival, '24h'),
    tail_mean_delay_7d: mean(arrival.arr_delay, '7d'),
  },
});
const carrier = group('carrier', {
  version: 1,
  key: [departure.carrier, arrival.carrier],
  features: {
    carrier_mean_delay_3h: mean(arrival.arr_delay, '3h'),
    carrier_mean_delay_24h: mean(arrival.arr_delay, '24h'),
    carrier_late_share_24h: share(late, '24h'),
    carrier_std_delay_24h: std(arrival.arr_delay, '24h'),
  },
});

// What a model reads for a departure, in this order: numbers, and strings as categories.
const delays = view('delays', {
  version: 1,
  score: departure,
  groups: [origin, plane, carrier],
  fields: {
    hour: hourOf(departure.time, 'America/New_York'),
    weekday: weekdayOf(departure.time, 'America/New_York'),
    distance: departure.distance,
    carrier: departure.carrier,
    origin: departure.origin,
  },
});
const lateArrival = model('late-arrival', {
  view: delays,
  label: { is: late, join: [departure.flight_id, arrival.flight_id], within: '36h', ifNone: 'exclude' },
  trainer: boostedTrees({ trees: 100, leaves: 31 }),
  gates: { auc: { atLeast: 0.7 }, beats: 'champion', on: '14d', embargo: '36h' },
  retrain: { onMessage: true },
});

export default topology('flights', { models: [lateArrival] });

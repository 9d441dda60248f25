/**
 * A topology over the flights that uses every aggregate of the language, over windows, delayed windows and all time, with conditions,
 * arithmetic and features of features. What is compared event by event over all time (see src/topology/sql/all-time.ts) is asked of aircraft,
 * which have a hundred events each; of airports, which have a hundred thousand, what can be kept running.
 */
import {
  and,
  approxDistinct,
  count,
  decayedCount,
  decayedMean,
  difference,
  distinct,
  event,
  first,
  group,
  last,
  max,
  mean,
  median,
  min,
  not,
  or,
  quantile,
  ratio,
  secondsSince,
  share,
  std,
  sum,
  top,
  topology,
  variance,
  view,
  zScore,
} from 'headrace';
import { Arrival, Departure, Weather } from '../../../schemas/events.js';

const departure = event(Departure, { topic: 'departures', id: 'flight_id', time: 'time', knownAt: 'time' });
const arrival = event(Arrival, { topic: 'arrivals', id: ['flight_id', 'dest'], time: 'time', knownAt: 'time' });
const weather = event(Weather, {
  topic: 'weather',
  id: ['origin', 'time'],
  time: 'time',
  knownAt: { field: 'time', plus: '1h' },
});

const isLate = arrival.arr_delay.gte(15);
const isFar = departure.distance.gt(1000);
const ofBigTwo = arrival.carrier.oneOf(['B6', 'UA']);
const lostInTheAir = arrival.arr_delay.minus(arrival.dep_delay);

const airport = group('airport', {
  version: 1,
  key: [departure.origin, arrival.origin, weather.origin],
  features: {
    count_all: count(departure, 'all time'),
    count_far_6h: count(departure, '6h', { where: isFar }),
    count_of_two_hours_2d_ago: count(departure, '2h', { delay: '2d' }),
    distinct_dest_1h: distinct(departure.dest, '1h'),
    third_dest_1h: top(departure.dest, '1h', { rank: 3, where: not(isFar) }),
    quantile_distance_1h: quantile(departure.distance, 0.9, '1h'),
    decayed_count_6h: decayedCount(departure, '6h', { halfLife: '3h' }),
    share_far_all: share(isFar, 'all time'),
    hours_planned_mean_6h: mean(departure.scheduled_arrival.minus(departure.time).dividedBy(3_600_000), '6h'),
    first_carrier_all: first(departure.carrier, 'all time'),
    last_dest_all: last(departure.dest, 'all time', { where: isFar }),
    since_departure_all: secondsSince(departure, 'all time'),
    since_far_6h: secondsSince(departure, '6h', { where: isFar }),

    sum_delay_6h: sum(arrival.arr_delay, '6h'),
    sum_delay_6h_1d_ago: sum(arrival.arr_delay, '6h', { delay: '18h' }),
    sum_all: sum(arrival.dep_delay, 'all time', { where: or(isLate, ofBigTwo) }),
    mean_lost_6h: mean(lostInTheAir, '6h', { where: ofBigTwo }),
    mean_all: mean(arrival.arr_delay, 'all time'),
    min_delay_6h: min(arrival.arr_delay, '6h'),
    max_delay_6h_ago: max(arrival.arr_delay, '6h', { delay: '18h' }),
    variance_lost_6h: variance(lostInTheAir, '6h'),
    variance_all: variance(arrival.arr_delay, 'all time', { where: isLate }),
    std_all: std(arrival.arr_delay, 'all time'),
    share_late_6h: share(and(isLate, arrival.dep_delay.lt(15)), '6h'),
    approx_planes_2h: approxDistinct(arrival.tailnum, '2h'),
    approx_delays_2h: approxDistinct(arrival.arr_delay, '2h', { where: not(ofBigTwo) }),
    first_plane_6h: first(arrival.tailnum, '6h'),
    last_late_carrier_all: last(arrival.carrier, 'all time', { where: isLate }),
    median_delay_2h: median(arrival.arr_delay, '2h'),
    least_delay_2h: quantile(arrival.arr_delay, 0, '2h'),
    decayed_delay_6h: decayedMean(arrival.arr_delay, '6h', { halfLife: '2h' }),

    min_temp_3d: min(weather.temp, '3d'),
    max_temp_all: max(weather.temp, 'all time'),
    first_visib_all: first(weather.visib, 'all time'),
    mean_wind_all: mean(weather.wind_speed, 'all time'),
    sum_precip_3d: sum(weather.precip, '3d', { where: weather.precip.gt(0) }),
    blind_share_3d: share(or(weather.visib.lt(5), weather.wind_gust.isNull()), '3d'),

    late_and_back: ratio('sum_delay_6h', 'sum_delay_6h_1d_ago'),
    delay_to_usual: difference('median_delay_2h', 'mean_all'),
    unusual: zScore('max_delay_6h_ago', 'mean_all', 'std_all'),
    of_derived: ratio('unusual', 'delay_to_usual'),
  },
});

const plane = group('plane', {
  version: 1,
  key: [departure.tailnum, arrival.tailnum],
  features: {
    plane_second_origin_all: top(departure.origin, 'all time', { rank: 2 }),
    plane_decayed_all: decayedCount(departure, 'all time', { halfLife: '7d' }),
    plane_miles_all: sum(departure.distance, 'all time'),
    plane_origins_all: distinct(arrival.origin, 'all time'),
    plane_dests_all: approxDistinct(arrival.dest, 'all time'),
    plane_delay_quantile_all: quantile(arrival.arr_delay, 0.75, 'all time', { where: arrival.dep_delay.gt(0) }),
    // A year is some thousand half-lives: what is old weighs nothing beside what is new, and is all there is beside nothing.
    plane_delay_decayed_all: decayedMean(arrival.arr_delay, 'all time', { halfLife: '2h' }),
    plane_delay_std_30d: std(arrival.arr_delay, '30d'),
    plane_delay_mean_7d_ago: mean(arrival.arr_delay, '7d', { delay: '7d' }),
    plane_min_all: min(arrival.arr_delay, 'all time'),
    plane_since_late_all: secondsSince(arrival, 'all time', { where: isLate }),
    plane_unusual: zScore('plane_delay_mean_7d_ago', 'plane_delay_decayed_all', 'plane_delay_std_30d'),
  },
});

export const every = topology('every', {
  views: [view('every', { version: 1, score: departure, groups: [airport, plane] })],
}).definition;

-- The features of topology/flights.ts for every departure, by their definitions: windows [t-W, t) over what was known before t,
-- and the departure itself where a feature reads departures. Nothing of Headrace's engine is in here.
CREATE MACRO ms(h) AS h * 3600000;

-- One stream per entity: departures ask, arrivals bring news. A window over it sees the arrivals only, since their columns are null
-- in departures.
CREATE TABLE origin_stream AS
  SELECT origin, time, flight_id, true AS asks, carrier AS departing, NULL::INTEGER AS arr_delay, NULL AS arriving FROM departures
  UNION ALL
  SELECT origin, time, flight_id, false, NULL, arr_delay, carrier FROM arrivals;

CREATE TABLE origin_features AS SELECT * FROM (
  SELECT flight_id, asks,
    count(departing) OVER w1 + 1 AS origin_departures_1h,
    avg(arr_delay) OVER w1 AS origin_mean_delay_1h,
    avg(arr_delay) OVER w3 AS origin_mean_delay_3h,
    avg(arr_delay) OVER w24 AS origin_mean_delay_24h,
    avg((arr_delay >= 15)::INTEGER) OVER w3 AS origin_late_share_3h,
    max(arr_delay) OVER w24 AS origin_max_delay_24h
  FROM origin_stream
  WINDOW
    w1 AS (PARTITION BY origin ORDER BY time RANGE BETWEEN ms(1) PRECEDING AND 1 PRECEDING),
    w3 AS (PARTITION BY origin ORDER BY time RANGE BETWEEN ms(3) PRECEDING AND 1 PRECEDING),
    w24 AS (PARTITION BY origin ORDER BY time RANGE BETWEEN ms(24) PRECEDING AND 1 PRECEDING)
) WHERE asks;

-- A carrier counts where its last event before t lies in the window, and a departure's own carrier always does.
CREATE TABLE carriers AS SELECT DISTINCT carrier FROM departures;
CREATE TABLE asked AS SELECT flight_id, origin, time, d.carrier AS own, c.carrier FROM departures d, carriers c;
CREATE TABLE distinct_features AS
  SELECT a.flight_id,
    count(*) FILTER (a.carrier = a.own OR before.time >= a.time - ms(3)) AS origin_departure_carriers_3h,
    nullif(count(*) FILTER (landed.time >= a.time - ms(3)), 0) AS origin_arrival_carriers_3h
  FROM asked a
  ASOF LEFT JOIN (SELECT DISTINCT origin, carrier, time FROM departures) before
    ON a.origin = before.origin AND a.carrier = before.carrier AND a.time > before.time
  ASOF LEFT JOIN (SELECT DISTINCT origin, carrier, time FROM arrivals) landed
    ON a.origin = landed.origin AND a.carrier = landed.carrier AND a.time > landed.time
  GROUP BY a.flight_id;

-- Weather is known an hour after its time; the last value that is not null counts.
CREATE TABLE weather_features AS
  SELECT d.flight_id,
    wind.wind_speed AS origin_last_wind_speed, precip.precip AS origin_last_precip, visib.visib AS origin_last_visib
  FROM departures d
  ASOF LEFT JOIN (SELECT origin, time + ms(1) AS known, wind_speed FROM weather WHERE wind_speed IS NOT NULL) wind
    ON d.origin = wind.origin AND d.time > wind.known
  ASOF LEFT JOIN (SELECT origin, time + ms(1) AS known, precip FROM weather WHERE precip IS NOT NULL) precip
    ON d.origin = precip.origin AND d.time > precip.known
  ASOF LEFT JOIN (SELECT origin, time + ms(1) AS known, visib FROM weather WHERE visib IS NOT NULL) visib
    ON d.origin = visib.origin AND d.time > visib.known;

CREATE TABLE tail_stream AS
  SELECT tailnum, time, flight_id, true AS asks, NULL::INTEGER AS arr_delay FROM departures WHERE tailnum IS NOT NULL
  UNION ALL
  SELECT tailnum, time, flight_id, false, arr_delay FROM arrivals;

CREATE TABLE tail_windows AS SELECT * FROM (
  SELECT flight_id, asks,
    count(arr_delay) OVER w24 AS tail_arrivals_24h,
    avg(arr_delay) OVER w7 AS tail_mean_delay_7d
  FROM tail_stream
  WINDOW
    w24 AS (PARTITION BY tailnum ORDER BY time RANGE BETWEEN ms(24) PRECEDING AND 1 PRECEDING),
    w7 AS (PARTITION BY tailnum ORDER BY time RANGE BETWEEN ms(168) PRECEDING AND 1 PRECEDING)
) WHERE asks;

-- Of arrivals of one aircraft at the same time, the last by id.
CREATE TABLE tail_last AS
  SELECT d.flight_id, a.arr_delay AS tail_last_delay, (d.time - a.time) / 1000 AS tail_seconds_since_arrival
  FROM departures d ASOF LEFT JOIN (
    SELECT tailnum, time, arg_max(arr_delay, flight_id) AS arr_delay FROM arrivals GROUP BY tailnum, time
  ) a ON d.tailnum = a.tailnum AND d.time > a.time;

CREATE TABLE carrier_stream AS
  SELECT carrier, time, flight_id, true AS asks, NULL::INTEGER AS arr_delay FROM departures
  UNION ALL
  SELECT carrier, time, flight_id, false, arr_delay FROM arrivals;

CREATE TABLE carrier_features AS SELECT * FROM (
  SELECT flight_id, asks,
    avg(arr_delay) OVER w3 AS carrier_mean_delay_3h,
    avg(arr_delay) OVER w24 AS carrier_mean_delay_24h,
    avg((arr_delay >= 15)::INTEGER) OVER w24 AS carrier_late_share_24h,
    stddev_pop(arr_delay) OVER w24 AS carrier_std_delay_24h
  FROM carrier_stream
  WINDOW
    w3 AS (PARTITION BY carrier ORDER BY time RANGE BETWEEN ms(3) PRECEDING AND 1 PRECEDING),
    w24 AS (PARTITION BY carrier ORDER BY time RANGE BETWEEN ms(24) PRECEDING AND 1 PRECEDING)
) WHERE asks;

CREATE TABLE expected AS
  SELECT d.flight_id, d.time, o.* EXCLUDE (flight_id, asks), n.* EXCLUDE (flight_id), w.* EXCLUDE (flight_id),
    l.* EXCLUDE (flight_id), t.* EXCLUDE (flight_id, asks), c.* EXCLUDE (flight_id, asks),
    hour(make_timestamptz(d.time * 1000) AT TIME ZONE 'America/New_York') AS hour,
    isodow(make_timestamptz(d.time * 1000) AT TIME ZONE 'America/New_York') AS weekday,
    d.distance, d.carrier, d.origin
  FROM departures d
  JOIN origin_features o USING (flight_id) JOIN distinct_features n USING (flight_id) JOIN weather_features w USING (flight_id) JOIN tail_last l USING (flight_id)
  LEFT JOIN tail_windows t USING (flight_id) JOIN carrier_features c USING (flight_id);

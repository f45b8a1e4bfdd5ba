import { tickPaise, type Instrument } from "./instrument.ts";
import { pricePaise } from "./units.ts";

/**
 * Fifty large companies of NSE, the instruments a market knows by itself. Symbol, ISIN and face
 * value are facts of NSE's list of securities; the reference closes are fixed reference data of
 * this simulator, not quotes, and give each symbol its tick.
 */
export const nseInstruments: readonly Instrument[] = [
  nse("ADANIENT", "INE423A01024", 100, 2280_00),
  nse("ADANIPORTS", "INE742F01042", 200, 1490_00),
  nse("APOLLOHOSP", "INE437A01024", 500, 7420_00),
  nse("ASIANPAINT", "INE021A01026", 100, 2760_00),
  nse("AXISBANK", "INE238A01034", 200, 1255_00),
  nse("BAJAJ-AUTO", "INE917I01010", 1000, 9080_00),
  nse("BAJFINANCE", "INE296A01032", 100, 1010_00),
  nse("BAJAJFINSV", "INE918I01026", 100, 2045_00),
  nse("BEL", "INE263A01024", 100, 412_00),
  nse("BHARTIARTL", "INE397D01024", 500, 2105_00),
  nse("CIPLA", "INE059A01026", 200, 1515_00),
  nse("COALINDIA", "INE522F01014", 1000, 388_00),
  nse("DRREDDY", "INE089A01031", 100, 1248_00),
  nse("EICHERMOT", "INE066A01021", 100, 7150_00),
  nse("ETERNAL", "INE758T01015", 100, 302_00),
  nse("GRASIM", "INE047A01021", 200, 2740_00),
  nse("HCLTECH", "INE860A01027", 200, 1610_00),
  nse("HDFCBANK", "INE040A01034", 100, 998_00),
  nse("HDFCLIFE", "INE795G01014", 1000, 762_00),
  nse("HINDALCO", "INE038A01020", 100, 808_00),
  nse("HINDUNILVR", "INE030A01027", 100, 2425_00),
  nse("ICICIBANK", "INE090A01021", 200, 1372_00),
  nse("INDIGO", "INE646L01027", 1000, 5710_00),
  nse("INFY", "INE009A01021", 500, 1545_00),
  nse("ITC", "INE154A01025", 100, 404_00),
  nse("JIOFIN", "INE758E01017", 1000, 306_00),
  nse("JSWSTEEL", "INE019A01038", 100, 1165_00),
  nse("KOTAKBANK", "INE237A01036", 100, 2098_00),
  nse("LT", "INE018A01030", 200, 4015_00),
  nse("M&M", "INE101A01026", 500, 3690_00),
  nse("MARUTI", "INE585B01010", 500, 16150_00),
  nse("MAXHEALTH", "INE027H01010", 1000, 1145_00),
  nse("NESTLEIND", "INE239A01024", 100, 1262_00),
  nse("NTPC", "INE733E01010", 1000, 326_00),
  nse("ONGC", "INE213A01029", 500, 244_00),
  nse("POWERGRID", "INE752E01010", 1000, 275_00),
  nse("RELIANCE", "INE002A01018", 1000, 1540_00),
  nse("SBILIFE", "INE123W01016", 1000, 1995_00),
  nse("SBIN", "INE062A01020", 100, 985_00),
  nse("SHRIRAMFIN", "INE721A01047", 200, 842_00),
  nse("SUNPHARMA", "INE044A01036", 100, 1775_00),
  nse("TATACONSUM", "INE192A01025", 100, 1168_00),
  nse("TATASTEEL", "INE081A01020", 100, 172_00),
  nse("TCS", "INE467B01029", 100, 3135_00),
  nse("TECHM", "INE669C01036", 500, 1475_00),
  nse("TITAN", "INE280A01028", 100, 3895_00),
  nse("TMPV", "INE155A01022", 200, 362_00),
  nse("TRENT", "INE849A01020", 100, 4280_00),
  nse("ULTRACEMCO", "INE481G01011", 1000, 11650_00),
  nse("WIPRO", "INE075A01022", 200, 246_00),
];

function nse(symbol: string, isin: string, faceValuePaise: number, closePaise: number): Instrument {
  const referenceClosePaise = pricePaise(closePaise);
  return {
    symbol,
    series: "EQ",
    isin,
    faceValuePaise,
    lot: 1,
    referenceClosePaise,
    tickPaise: tickPaise(referenceClosePaise),
  };
}

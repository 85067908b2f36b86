// Makes a replay table of the demo from one year of the UCI gas turbine data.
//   dotnet run eng/replay-asset.cs -- SOURCE.csv OUT.csv [START_ROW]
// Real: NOx, CO, pressure (ambient), temperature (after the turbine).
// Assumed: O2, efficiency, the status word. Derived: the flow.
using System.Globalization;

const int Rows = 360;
const int StartRowStandard = 1200;
const decimal OxygenPercent = 14.6m;
const decimal Efficiency = 0.35m;

// Dry flue gas of natural gas at 68 F (293.15 K) and 1 atm.
const decimal FdDscfPerMmBtu = 8710m;
const decimal CubicMetresPerScf = 0.0283168m;
const decimal MegajoulesPerMmBtu = 1055.056m;
const decimal FdCubicMetresPerMegajoule = FdDscfPerMmBtu * CubicMetresPerScf / MegajoulesPerMmBtu;

if (args.Length is < 2 or > 3)
{
    Console.Error.WriteLine("usage: eng/replay-asset.cs -- SOURCE.csv OUT.csv [START_ROW]");
    return 2;
}

var start = args.Length == 3
    ? int.Parse(args[2], CultureInfo.InvariantCulture)
    : StartRowStandard;
var lines = File.ReadAllLines(args[0]);
var head = lines[0].Split(',');
var rows = lines.Skip(start).Take(Rows).Select(line => line.Split(',')).ToList();
if (start < 1 || rows.Count < Rows || rows.Any(row => row.Length != head.Length))
{
    Console.Error.WriteLine($"{args[0]} has no {Rows} whole rows from row {start} on.");
    return 2;
}

using var output = new StreamWriter(args[1]) { NewLine = "\n" };
foreach (var line in Header(Path.GetFileName(args[0]), start))
{
    output.WriteLine(line);
}

for (var i = 0; i < rows.Count; i++)
{
    var nox = Cell(rows[i], "NOX");
    var co = Cell(rows[i], "CO");
    var kilopascals = Cell(rows[i], "AP") / 10;
    var celsius = Cell(rows[i], "TAT");
    var flow = ActualFlow(Cell(rows[i], "TEY"), celsius, kilopascals);
    var status = i % 60 == 59 ? 1 : 0;
    output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{nox:0.###},{co:0.#####},{OxygenPercent},{flow:0.0},{celsius:0.0},{kilopascals:0.00},")
        + status);
}

return 0;

decimal Cell(string[] row, string name) =>
    decimal.Parse(row[Array.IndexOf(head, name)], NumberStyles.Float, CultureInfo.InvariantCulture);

static decimal ActualFlow(decimal megawattHours, decimal celsius, decimal kilopascals)
{
    var fuelMegajoulesPerHour = megawattHours * 3600m / Efficiency;
    var dry = fuelMegajoulesPerHour * FdCubicMetresPerMegajoule * 20.9m / (20.9m - OxygenPercent);
    return dry * (celsius + 273.15m) / 293.15m * 101.325m / kilopascals;
}

static IEnumerable<string> Header(string source, int start) =>
[
    "# Replay table of the demo. Made by eng/replay-asset.cs; do not edit.",
    $"# Origin: {source}, rows {start} to {start + Rows - 1} (hourly), of 'Gas Turbine CO and NOx",
    "#   Emission Data Set', UCI Machine Learning Repository, doi:10.3906/elk-1807-87.",
    "# Licence: CC BY 4.0, https://creativecommons.org/licenses/by/4.0/. Changed: see the labels.",
    "# Plants A and B of the demo are one real plant in different years.",
    "# gas-analyser/nox     real      NOX, mg/m3",
    "# gas-analyser/co      real      CO, mg/m3",
    "# gas-analyser/o2      assumed   14.6 %, dry",
    "# flow-meter/flow      derived   actual m3/h, dry: TEY x 3600 MJ / efficiency x Fd",
    "#                                x 20.9 / (20.9 - O2), from 293.15 K and 101.325 kPa to t, p;",
    "#                                efficiency 0.35 assumed, Fd 8710 dscf/mmBtu (natural gas)",
    "# flow-meter/t         real      TAT, degrees Celsius after the turbine",
    "# flow-meter/p         real      AP, ambient pressure, mbar as kPa",
    "# flow-meter/status    assumed   0; 1 (maintenance) in every 60th row",
    "gas-analyser/nox,gas-analyser/co,gas-analyser/o2,flow-meter/flow,flow-meter/t,flow-meter/p,"
        + "flow-meter/status",
];

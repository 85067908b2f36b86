using System.Globalization;
using Monitoring.Wire;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Devices;

/// <summary>
/// The examples of a map: registers, and the readings that they must give. One that does not hold
/// is a fault of the map, so whoever checks a site checks its maps against their manuals.
/// </summary>
internal static class MapVectors
{
    private const long TimeMs = 1;
    private const double RelativeError = 1e-6;

    private static readonly RegisterTable[] Tables = Enum.GetValues<RegisterTable>();

    /// <param name="isSound">False: the map has faults; its vectors are read and not tried.</param>
    public static void Check(DocumentNode node, DeviceMap map, bool isSound)
    {
        var start = (int)node.Integer("address_base", 0, 1);
        foreach (var item in node.Items("vectors", 0, AgentLimits.MapVectorsMax))
        {
            item.Text("title");
            item.OneOf("origin", "manual", "computed");
            var registers = ReadRegisters(item, start);
            var readings = isSound ? Decode(item, map, registers) : null;
            foreach (var expected in item.Items("expect", 1, WireLimits.ReadingsPerRecordMax))
            {
                Compare(expected, readings);
                expected.RefuseUnknownKeys();
            }

            item.RefuseUnknownKeys();
        }
    }

    /// <summary>Registers and bits that a vector does not name are 0.</summary>
    private static Dictionary<(RegisterTable, int), ushort> ReadRegisters(
        DocumentNode vector, int start)
    {
        var registers = new Dictionary<(RegisterTable, int), ushort>();
        foreach (var table in Tables)
        {
            var isBits = table is RegisterTable.Coil or RegisterTable.Discrete;
            var name = table.ToString().ToLowerInvariant();
            foreach (var item in vector.Items(name, 0, AgentLimits.VectorRunsMax))
            {
                var address = (int)item.Integer("address", start, ushort.MaxValue + start) - start;
                var words = RegisterPointReader.ReadHex(
                    item, isBits ? "bits" : "words", "", AgentLimits.RegistersPerReadMax,
                    isBits ? 1UL : ushort.MaxValue);
                foreach (var word in words)
                {
                    registers[(table, address++)] = (ushort)word;
                }

                item.RefuseUnknownKeys();
            }
        }

        return registers;
    }

    private static Dictionary<string, Reading> Decode(
        DocumentNode vector, DeviceMap map, Dictionary<(RegisterTable, int), ushort> registers)
    {
        ushort[] Read(ReadBlock block) =>
            [.. Enumerable.Range(block.Start, block.Count)
                .Select(address => registers.GetValueOrDefault((block.Table, address)))];
        if (map.IsSunSpec)
        {
            switch (SunSpec.Discover(Read))
            {
                case SunSpecDiscovery.Found found:
                    map = SunSpec.Resolve(map, found);
                    break;
                case SunSpecDiscovery.Nothing nothing:
                    vector.Fault("holding", nothing.Why, "write the models that the device lists");
                    break;
            }
        }

        var raw = map.Points.Select(point => point.Source is PointSource.Registers source
            ? RegisterCodec.Decode(
                source, Read(new ReadBlock(source.Table, source.Address, source.Count)), TimeMs)
            : RawPoint.Absent(Reason.Configuration, TimeMs));
        return ImageDecoder.Finish(map, [.. raw]).ToDictionary(reading => reading.Point);
    }

    private static void Compare(DocumentNode expected, Dictionary<string, Reading>? readings)
    {
        var id = expected.Id("point");
        var value = expected.OptionalText("value");
        var quality = expected.Has("quality")
            ? expected.OneOf("quality", "good", "uncertain", "bad")
            : value is null ? "bad" : "good";
        var reason = expected.Has("reason")
            ? expected.OneOf("reason", [.. Reasons.AllNames])
            : "";
        if (readings is null)
        {
            return;
        }

        if (!readings.TryGetValue(id, out var reading))
        {
            expected.Fault("point", $"'{id}' is no point of this map", "name one of its points");
            return;
        }

        var wanted = (value, quality, reason);
        var got = (reading.Value?.ToString(), reading.Quality.ToString().ToLowerInvariant(),
            Reasons.NameOf(reading.Reason));
        if (!IsSame(reading.Value, value) || got with { Item1 = value } != wanted)
        {
            expected.Fault(
                "point",
                $"the registers give '{id}' as {Described(got)}, not as {Described(wanted)}",
                "mend the point (address, type, order, scale, range), its status rules or "
                + "what is expected here; a value left out means there is none");
        }
    }

    private static bool IsSame(PointValue? value, string? expected)
    {
        if (value is not { } own || expected is null)
        {
            return value is null && expected is null;
        }

        return double.TryParse(expected, CultureInfo.InvariantCulture, out var number)
            && own.AsNumber() is { } real
            ? Math.Abs(real - number) <= RelativeError * Math.Max(1e-6, Math.Abs(number))
            : own.ToString() == expected;
    }

    private static string Described((string? Value, string Quality, string Reason) reading)
    {
        var reason = reading.Reason.Length == 0 ? "" : $", {reading.Reason}";
        return $"{reading.Value ?? "no value"} ({reading.Quality}{reason})";
    }
}

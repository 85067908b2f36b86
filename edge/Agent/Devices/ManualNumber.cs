using System.Globalization;

namespace Monitoring.Agent.Devices;

/// <summary>
/// The numbers by which many manuals call registers: a digit for the table, then the register
/// from 1 on. 40011, or 400011, is holding register 11.
/// </summary>
internal static class ManualNumber
{
    private const int OfFiveDigits = 10_000;
    private const int TableOfSix = 100_000;
    private const int RegistersMax = 65_536;

    private static readonly RegisterTable?[] ByDigit =
        [null, RegisterTable.Discrete, null, RegisterTable.Input, RegisterTable.Holding];

    /// <summary>The register, from 1 on; null: it is no such number.</summary>
    public static (RegisterTable Table, int Number)? OfSixDigits(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number / TableOfSix is var digit && digit < ByDigit.Length
        && ByDigit[digit] is { } table && number % TableOfSix is >= 1 and <= RegistersMax
            ? (table, number % TableOfSix)
            : null;

    /// <summary>
    /// Tables whose points may have been given by their numbers of five digits, since all of them
    /// lie where those do. Some instruments do have their registers there.
    /// </summary>
    public static IEnumerable<(RegisterTable Table, int First)> Suspected(DeviceMap map) =>
        from source in map.Points.Select(point => point.Source).OfType<PointSource.Registers>()
        group source.Address by source.Table into addresses
        let first = OfFiveDigits * Array.IndexOf(ByDigit, addresses.Key)
        where first > 0
            && addresses.All(address => address >= first && address < first + OfFiveDigits)
        select (addresses.Key, first);
}

using System.Collections.Immutable;
using Monitoring.Core.Validity;
using Monitoring.Wire;
using Monitoring.Wire.Records;

namespace Monitoring.Core.Averaging;

/// <summary>An image of one device, and where the record log has it.</summary>
public sealed record SourceImage(RecordId Record, JournalRecord.Image Image);

/// <summary>What became of an image: used, or excluded by the rule that is named.</summary>
public sealed record ImageFate(RecordId Record, string Device, string? ExcludedBy)
{
    public bool IsUsed => ExcludedBy is null;
}

/// <summary>How many of a device's expected images were there and usable.</summary>
/// <param name="Usable">Passed every rule for a single image.</param>
/// <param name="Expected">The window's length over the source's cycle.</param>
/// <param name="IsEnough">The profile's minimum is reached; exactly at it is enough.</param>
public sealed record DeviceCoverage(string Device, int Usable, int Expected, bool IsEnough)
{
    /// <summary>At most 100, however many images there are.</summary>
    public decimal Percent =>
        Rounding.ToDecimals(Math.Min(100m, Usable * 100m / Expected), 2);
}

/// <summary>The mean of one quantity, or why there is none.</summary>
/// <param name="AbsentBecause">The rule; null where there is a value.</param>
/// <param name="WorstStatus">The name of the worst status behind it.</param>
public sealed record QuantityAverage(
    QuantityBinding Binding, decimal? Value, string? AbsentBecause, string WorstStatus,
    DeviceCoverage Coverage, ImmutableArray<RawReading> Readings)
{
    /// <summary>The name of the worst status behind several averages.</summary>
    public static string WorstOf(IEnumerable<QuantityAverage> averages) =>
        Statuses.NameOf(averages
            .Select(average => Statuses.Parse(average.WorstStatus)!.Value)
            .Aggregate(Status.Valid, Statuses.Worse));
}

/// <summary>
/// The averages of one source over one window. The unit is the image: it is used when every
/// quantity the source takes from it has a counted status and a number, else excluded by the
/// first rule that says so. A device below the minimum coverage has no average, and then the
/// window is not used at all.
/// </summary>
public sealed record WindowAverages(
    ImmutableArray<QuantityAverage> Quantities,
    ImmutableArray<DeviceCoverage> Coverage,
    ImmutableArray<ImageFate> Fates)
{
    public const string RuleCoverage = "coverage";
    public const string RulePartnerCoverage = "partner-coverage";

    private const string RuleMissingPoint = "point-missing";
    private const string RuleNotANumber = "not-a-number";

    // No quantity of any stack is near it. It keeps products far from the ends of a decimal.
    private const double MagnitudeMax = 1e8;

    public bool IsCovered => Coverage.All(device => device.IsEnough);

    public QuantityAverage? Find(string quantity) =>
        Quantities.FirstOrDefault(average => average.Binding.Quantity == quantity);

    /// <param name="images">The window's images of each device the source needs.</param>
    public static WindowAverages Compute(
        SourceBinding source, Profile profile, Window window,
        IReadOnlyDictionary<string, ImmutableArray<SourceImage>> images)
    {
        var expected = (int)(window.LengthMs / (long)source.Cycle.TotalMilliseconds);
        Invariant.That(expected > 0);
        var judged = new List<JudgedDevice>();
        foreach (var device in source.Devices)
        {
            var ofDevice = images.GetValueOrDefault(device, []);
            Invariant.That(ofDevice.All(one =>
                window.Contains(one.Image.TimeMs) && one.Image.Device == device));
            judged.Add(Judge(source, profile, device, expected, ofDevice));
        }

        var isCovered = judged.All(device => device.Coverage.IsEnough);
        return new WindowAverages(
            [.. source.Quantities.Select(quantity => Average(quantity, profile, judged))],
            [.. judged.Select(device => device.Coverage)],
            [.. judged.SelectMany(device => FatesOf(device, isCovered))]);
    }

    private static JudgedDevice Judge(
        SourceBinding source, Profile profile, string device, int expected,
        ImmutableArray<SourceImage> images)
    {
        ImmutableArray<QuantityBinding> taken =
            [.. source.Quantities.Where(quantity => quantity.Device == device)];
        var judged = images
            .OrderBy(one => one.Image.TimeMs).ThenBy(one => one.Record.Offset)
            .Select(one => (one, ExclusionOf(one.Image, taken, profile)))
            .ToImmutableArray();
        var usable = judged.Count(one => one.Item2 is null);
        var isEnough = usable > 0 && usable >= profile.CoverageMin * expected;
        return new JudgedDevice(judged, new DeviceCoverage(device, usable, expected, isEnough));
    }

    private static string? ExclusionOf(
        JournalRecord.Image image, ImmutableArray<QuantityBinding> taken, Profile profile)
    {
        foreach (var quantity in taken)
        {
            if (Find(image, quantity.Point) is not { } reading)
            {
                return RuleMissingPoint;
            }

            var status = StatusOf(image, reading);
            if (!profile.CountedStatuses.Contains(status))
            {
                return Statuses.RuleOf(
                    status, status == Status.ClockDoubtful ? Reason.ClockUnsynced : reading.Reason);
            }

            if (reading.Value?.AsNumber() is not { } number)
            {
                return RuleNotANumber;
            }

            if (Math.Abs(number) > MagnitudeMax)
            {
                return Statuses.NameOf(Status.OutOfRange);
            }
        }

        return null;
    }

    private static QuantityAverage Average(
        QuantityBinding quantity, Profile profile, List<JudgedDevice> judged)
    {
        var device = judged.First(one => one.Coverage.Device == quantity.Device);
        var sum = 0.0;
        var worst = Status.Valid;
        var readings = ImmutableArray.CreateBuilder<RawReading>();
        foreach (var image in device.Usable)
        {
            var reading = Find(image.Image, quantity.Point)!.Value;
            var status = StatusOf(image.Image, reading);
            worst = Statuses.Worse(worst, status);
            // Summed as read, in the order of time, so the last bit is the same everywhere.
            sum += reading.Value!.Value.AsNumber()!.Value;
            readings.Add(new RawReading(
                image.Record, quantity.Device, quantity.Point, reading.TimeMs,
                new TraceValue(reading.Value.Value.ToString(), quantity.Unit),
                Statuses.NameOf(status)));
        }

        var mean = device.Coverage.IsEnough
            ? Rounding.ToDecimals((decimal)(sum / device.Coverage.Usable), profile.AverageDecimals)
            : (decimal?)null;
        return new QuantityAverage(
            quantity, mean, mean is null ? RuleCoverage : null, Statuses.NameOf(worst),
            device.Coverage, readings.ToImmutable());
    }

    private static IEnumerable<ImageFate> FatesOf(JudgedDevice device, bool isCovered)
    {
        var forUsable = isCovered ? null
            : device.Coverage.IsEnough ? RulePartnerCoverage
            : RuleCoverage;
        return device.Images.Select(one =>
            new ImageFate(one.Image.Record, device.Coverage.Device, one.ExcludedBy ?? forUsable));
    }

    // A time that nobody vouches for makes all that was read at it doubtful.
    private static Status StatusOf(JournalRecord.Image image, Reading reading) => Statuses.Worse(
        Statuses.Of(reading),
        image.Clock == ClockState.Unsynced ? Status.ClockDoubtful : Status.Valid);

    private static Reading? Find(JournalRecord.Image image, string point)
    {
        foreach (var reading in image.Readings)
        {
            if (reading.Point == point)
            {
                return reading;
            }
        }

        return null;
    }

    private sealed record JudgedDevice(
        ImmutableArray<(SourceImage Image, string? ExcludedBy)> Images, DeviceCoverage Coverage)
    {
        public IEnumerable<SourceImage> Usable =>
            Images.Where(one => one.ExcludedBy is null).Select(one => one.Image);
    }
}

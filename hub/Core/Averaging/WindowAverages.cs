using System.Collections.Immutable;
using System.Runtime.InteropServices;
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

/// <summary>How much of what was expected was there and usable.</summary>
/// <param name="Usable">Images that passed every rule, or averages of the first level.</param>
/// <param name="Expected">While the plant ran, by the source's cycle.</param>
/// <param name="IsEnough">The profile's minimum is reached; exactly at it is enough.</param>
public sealed record DeviceCoverage(string Device, int Usable, int Expected, bool IsEnough)
{
    /// <summary>At most 100, however many images there are.</summary>
    public decimal Percent => Expected == 0
        ? 0
        : Rounding.ToDecimals(Math.Min(100m, Usable * 100m / Expected), 2);
}

/// <summary>
/// One reading of a quantity, its status, and the rule that keeps it out; without one it is a
/// number.
/// </summary>
public readonly record struct JudgedReading(
    SourceImage Image, double Number, Status Status, string? ExcludedBy);

/// <summary>The mean of one first-level span, null where too little of it was usable.</summary>
public readonly record struct FirstLevelMean(long StartMs, int Usable, decimal? Value);

/// <summary>The mean of one quantity, or why there is none.</summary>
/// <param name="AbsentBecause">The rule; null where there is a value.</param>
/// <param name="Worst">The worst status behind it.</param>
public sealed record QuantityAverage(
    QuantityBinding Binding, decimal? Value, string? AbsentBecause, Status Worst,
    DeviceCoverage Coverage)
{
    /// <summary>Empty in a profile without a first level.</summary>
    public ImmutableArray<FirstLevelMean> FirstLevel { get; init; } = [];

    public required Window Window { get; init; }

    public required ImmutableArray<JudgedReading> Judged { get; init; }

    /// <summary>The readings of a span that count, in order of time.</summary>
    public IEnumerable<RawReading> ReadingsIn(Window span) =>
        from one in Judged
        where one.ExcludedBy is null && span.Contains(one.Image.Image.TimeMs)
        let reading = WindowAverages.Find(one.Image.Image, Binding.Point)!.Value
        select new RawReading(
            one.Image.Record, Binding.Device, Binding.Point, reading.TimeMs,
            new TraceValue(reading.Value!.Value.ToString(), Binding.Unit),
            Statuses.NameOf(one.Status));

    /// <summary>The name of the worst status behind several averages.</summary>
    public static string WorstOf(IEnumerable<QuantityAverage> averages) => Statuses.NameOf(
        averages.Select(average => average.Worst).Aggregate(Status.Valid, Statuses.Worse));
}

/// <summary>
/// The averages of one source over one window. A reading counts when its status does and it is a
/// number; by the profile, one that does not takes its whole image with it. Below the minimum
/// coverage there is no average.
/// </summary>
public sealed record WindowAverages(
    ImmutableArray<QuantityAverage> Quantities,
    ImmutableArray<DeviceCoverage> Coverage,
    ImmutableArray<ImageFate> Fates,
    Operation Operation)
{
    public const string RuleCoverage = "coverage";
    public const string RulePartnerCoverage = "partner-coverage";
    public const string RuleNotOperating = "not-operating";

    private const string RuleMissingPoint = "point-missing";
    private const string RuleNotANumber = "not-a-number";

    // No quantity of any stack is near it. It keeps products far from the ends of a decimal.
    private const double MagnitudeMax = 1e8;

    public bool IsCovered => Coverage.All(device => device.IsEnough);

    public QuantityAverage? Find(string quantity) =>
        Quantities.FirstOrDefault(average => average.Binding.Quantity == quantity);

    /// <summary>The averages of one duct, called as those of a source are.</summary>
    public WindowAverages OfDuct(string duct) => this with
    {
        Quantities =
        [
            .. from one in Quantities
               let quantity = QuantityUnits.OfDuct(one.Binding.Quantity, duct)
               where quantity is not null
               select one with { Binding = one.Binding with { Quantity = quantity } },
        ],
    };

    /// <summary>The same without the averages of some quantities.</summary>
    /// <param name="excluded">By quantity, the rule.</param>
    public WindowAverages Without(IReadOnlyDictionary<string, string> excluded) =>
        excluded.Count == 0 || Operation.Share == 0 ? this : this with
        {
            Quantities =
            [
                .. Quantities.Select(one =>
                    excluded.TryGetValue(one.Binding.Quantity, out var rule)
                        ? one with { Value = null, AbsentBecause = rule }
                        : one),
            ],
        };

    /// <param name="images">The window's images of each device the source needs.</param>
    public static WindowAverages Compute(
        SourceBinding source, Profile profile, Window window,
        IReadOnlyDictionary<string, ImmutableArray<SourceImage>> images)
    {
        var operation = Operation.Of(source, images);
        var judging = new Judging(source, profile, window, operation);
        var devices = new List<JudgedDevice>();
        foreach (var device in source.Devices)
        {
            var ofDevice = images.GetValueOrDefault(device, []);
            Invariant.That(ofDevice.All(one =>
                window.Contains(one.Image.TimeMs) && one.Image.Device == device));
            devices.Add(judging.Of(device, ofDevice));
        }

        var byQuantity = devices.SelectMany(device => device.Averages)
            .ToDictionary(average => average.Binding.Quantity);
        var isCovered = devices.All(device => device.Coverage.IsEnough);
        return new WindowAverages(
            [
                .. source.Quantities
                    .Where(quantity => quantity.Quantity != QuantityUnits.Operating)
                    .Select(quantity => byQuantity[quantity.Quantity]),
            ],
            [.. devices.Select(device => device.Coverage)],
            [.. devices.SelectMany(device => FatesOf(device, profile, isCovered))],
            operation);
    }

    internal static Reading? Find(JournalRecord.Image image, string point)
    {
        var place = PlaceOf(image, point);
        return place < image.Readings.Length ? image.Readings[place] : null;
    }

    /// <summary>The end of the readings where there is no such point.</summary>
    private static int PlaceOf(JournalRecord.Image image, string point)
    {
        var place = 0;
        while (place < image.Readings.Length && image.Readings[place].Point != point)
        {
            place++;
        }

        return place;
    }

    // An image is used where one of its readings is.
    private static IEnumerable<ImageFate> FatesOf(
        JudgedDevice device, Profile profile, bool isCovered)
    {
        for (var i = 0; i < device.Images.Length; i++)
        {
            string? rule = null;
            var isUsed = false;
            foreach (var average in device.Averages)
            {
                var excludedBy = average.Judged[i].ExcludedBy;
                isUsed |= excludedBy is null && average.Coverage.IsEnough;
                rule ??= excludedBy;
            }

            if (profile.Exclusion == Exclusion.Image)
            {
                isUsed = rule is null && isCovered;
                rule ??= device.Coverage.IsEnough ? RulePartnerCoverage : RuleCoverage;
            }

            yield return new ImageFate(
                device.Images[i].Record, device.Coverage.Device,
                isUsed ? null : rule ?? RuleCoverage);
        }
    }

    private sealed record JudgedDevice(
        ImmutableArray<SourceImage> Images, ImmutableArray<QuantityAverage> Averages,
        DeviceCoverage Coverage);

    /// <summary>Judges the images of one window.</summary>
    private sealed class Judging(
        SourceBinding source, Profile profile, Window window, Operation operation)
    {
        private readonly int _expected = ExpectedIn(window.LengthMs, source);

        private bool IsStanding => operation.Share == 0;

        public JudgedDevice Of(string device, ImmutableArray<SourceImage> images)
        {
            var ordered = InOrder(images);
            var taken = source.Quantities.Where(quantity => quantity.Device == device).ToList();
            var judged = taken.ConvertAll(_ => new JudgedReading[ordered.Length]);
            var places = new int[taken.Count];
            for (var i = 0; i < ordered.Length; i++)
            {
                string? first = null;
                for (var q = 0; q < taken.Count; q++)
                {
                    judged[q][i] = Judge(ordered[i], taken[q], ref places[q]);
                    first ??= judged[q][i].ExcludedBy;
                }

                for (var q = 0; q < taken.Count && profile.Exclusion == Exclusion.Image; q++)
                {
                    judged[q][i] = judged[q][i] with { ExcludedBy = first };
                }
            }

            ImmutableArray<QuantityAverage> averages =
            [
                .. taken.Select((quantity, q) => Average(
                    quantity, ImmutableCollectionsMarshal.AsImmutableArray(judged[q]))),
            ];
            return new JudgedDevice(
                ordered, averages,
                averages.Select(average => average.Coverage).MinBy(one => one.Percent)!);
        }

        private static ImmutableArray<SourceImage> InOrder(ImmutableArray<SourceImage> images)
        {
            for (var i = 1; i < images.Length; i++)
            {
                if (images[i - 1].Image.TimeMs >= images[i].Image.TimeMs)
                {
                    return
                    [
                        .. images.OrderBy(one => one.Image.TimeMs)
                            .ThenBy(one => one.Record.Offset),
                    ];
                }
            }

            return images;
        }

        /// <param name="place">Where the point stood in the image before; it mostly stays.</param>
        private JudgedReading Judge(SourceImage one, QuantityBinding quantity, ref int place)
        {
            var image = one.Image;
            if (place >= image.Readings.Length || image.Readings[place].Point != quantity.Point)
            {
                place = PlaceOf(image, quantity.Point);
            }

            if (place >= image.Readings.Length)
            {
                return new JudgedReading(one, 0, Status.NoSignal, RuleMissingPoint);
            }

            ref readonly var reading = ref image.Readings.ItemRef(place);

            var status = Statuses.Worse(StatusOf(image, reading), operation.StatusAt(image.TimeMs));
            string? rule = null;
            var number = reading.Value?.AsNumber();
            if (quantity.Quantity != QuantityUnits.Operating
                && operation.IsStoppedAt(image.TimeMs))
            {
                rule = RuleNotOperating;
            }
            else if (!profile.CountedStatuses.Contains(status))
            {
                rule = Statuses.RuleOf(
                    status, status == Status.ClockDoubtful ? Reason.ClockUnsynced : reading.Reason);
            }
            else if (number is null)
            {
                rule = RuleNotANumber;
            }
            else if (Math.Abs(number.Value) > MagnitudeMax)
            {
                rule = Statuses.NameOf(Status.OutOfRange);
            }

            return new JudgedReading(one, number ?? 0, status, rule);
        }

        private QuantityAverage Average(
            QuantityBinding quantity, ImmutableArray<JudgedReading> judged)
        {
            var worst = Status.Valid;
            foreach (var one in judged)
            {
                worst = one.ExcludedBy is null ? Statuses.Worse(worst, one.Status) : worst;
            }

            var (value, usable, expected, isEnough, means) = profile.FirstLevel is { } first
                ? OfFirstLevel(first, judged)
                : OfReadings(judged);
            isEnough &= !IsStanding;
            return new QuantityAverage(
                quantity, isEnough ? value : null,
                isEnough ? null : IsStanding ? RuleNotOperating : RuleCoverage, worst,
                new DeviceCoverage(quantity.Device, usable, expected, isEnough))
            {
                Window = window,
                Judged = judged,
                FirstLevel = means,
            };
        }

        private Mean OfReadings(ImmutableArray<JudgedReading> judged)
        {
            var (sum, usable) = SumOf(judged.AsSpan());
            var expected = operation.Expected(_expected);
            return new Mean(
                usable == 0 ? null : MeanOf(sum, usable), usable, expected,
                usable > 0 && usable >= profile.CoverageMin * expected, []);
        }

        private Mean OfFirstLevel(FirstLevel first, ImmutableArray<JudgedReading> judged)
        {
            var lengthMs = (long)first.Length.TotalMilliseconds;
            var needed = first.CoverageMin * ExpectedIn(lengthMs, source);
            var means = ImmutableArray.CreateBuilder<FirstLevelMean>();
            var (sum, valid, expected, from) = (0m, 0, 0, 0);
            for (var startMs = window.StartMs; startMs < window.EndMs; startMs += lengthMs)
            {
                var endMs = startMs + lengthMs;
                var until = from;
                while (until < judged.Length && judged[until].Image.Image.TimeMs < endMs)
                {
                    until++;
                }

                var (part, usable) = SumOf(judged.AsSpan()[from..until]);
                var mean = usable > 0 && usable >= needed ? MeanOf(part, usable) : (decimal?)null;
                means.Add(new FirstLevelMean(startMs, usable, mean));
                sum += mean ?? 0;
                valid += mean is null ? 0 : 1;
                expected += operation.RunsIn(startMs, endMs) ? 1 : 0;
                from = until;
            }

            var isEnough = valid > 0 && (valid >= profile.CoverageMin * expected
                || (valid >= first.QualityHourMin && IsChecked(judged) && AreApart(judged, first)));
            return new Mean(
                valid == 0 ? null : Rounding.ToDecimals(sum / valid, profile.AverageDecimals),
                valid, expected, isEnough, means.ToImmutable());
        }

        private static bool IsChecked(ImmutableArray<JudgedReading> judged) =>
            judged.Any(one => one.ExcludedBy is not null && one.Status is Status.ZeroSpanCheck
                or Status.Calibration or Status.Maintenance);

        private static bool AreApart(ImmutableArray<JudgedReading> judged, FirstLevel first)
        {
            var usable = judged.Where(one => one.ExcludedBy is null)
                .Select(one => one.Image.Image.TimeMs).ToList();
            return usable[^1] - usable[0] >= first.Length.TotalMilliseconds;
        }

        // Summed as read, in the order of time, so the last bit is the same everywhere.
        private static (double Sum, int Usable) SumOf(ReadOnlySpan<JudgedReading> judged)
        {
            var (sum, usable) = (0.0, 0);
            foreach (ref readonly var one in judged)
            {
                if (one.ExcludedBy is null)
                {
                    sum += one.Number;
                    usable++;
                }
            }

            return (sum, usable);
        }

        private decimal MeanOf(double sum, int usable) =>
            Rounding.ToDecimals((decimal)(sum / usable), profile.AverageDecimals);

        private static int ExpectedIn(long lengthMs, SourceBinding source)
        {
            var expected = (int)(lengthMs / (long)source.Cycle.TotalMilliseconds);
            Invariant.That(expected > 0);
            return expected;
        }

        // A time that nobody vouches for makes all that was read at it doubtful.
        private static Status StatusOf(JournalRecord.Image image, Reading reading) =>
            Statuses.Worse(
                Statuses.Of(reading),
                image.Clock == ClockState.Unsynced ? Status.ClockDoubtful : Status.Valid);

        private readonly record struct Mean(
            decimal? Value, int Usable, int Expected, bool IsEnough,
            ImmutableArray<FirstLevelMean> Means);
    }
}

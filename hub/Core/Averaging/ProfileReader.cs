using System.Collections.Immutable;
using Monitoring.Core.Quality;
using Monitoring.Core.Validity;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Averaging;

/// <summary>Reads a profile and reports everything that is wrong with it at once.</summary>
public static class ProfileReader
{
    private const int TestsMax = 20;
    private static readonly TimeSpan TestsLast = TimeSpan.FromDays(3_660);

    /// <summary>The profile, or null when this document added faults.</summary>
    public static Profile? Read(string file, string yaml, Faults faults)
    {
        var before = faults.All.Count;
        var root = DocumentNode.Parse(file, yaml, faults);
        if (faults.All.Count > before)
        {
            return null;
        }

        var reference = root.Child("reference");
        reference.OneOf("basis", "dry");
        var hasOxygen = reference.Has("oxygen_percent")
            || reference.Has("oxygen_constant_percent");
        var mass = root.Child("mass");
        mass.OneOf("unit", "mg");
        mass.OneOf("rounding", "half-away-from-zero");
        var window = root.Duration("window", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        var profile = new Profile
        {
            Id = root.Id("id"),
            Title = root.Text("title"),
            Window = window,
            CoverageMin = root.Number("coverage_min", 0.01m, 1m),
            CountedStatuses = ReadStatuses(root),
            ReferenceTemperatureK = reference.Number("temperature_k", 200m, 400m),
            ReferencePressureKpa = reference.Number("pressure_kpa", 50m, 200m),
            CelsiusZeroK = reference.OptionalNumber("celsius_zero_k", 273m, 273.15m)
                ?? Constants.ZeroCelsius.Value,
            MolarVolumeL = reference.OptionalNumber("molar_volume_l", 20m, 30m),
            ReferenceOxygenPercent = hasOxygen
                ? reference.Number("oxygen_percent", 0m, 20m)
                : null,
            OxygenConstantPercent = hasOxygen
                ? reference.Number("oxygen_constant_percent", 20.9m, 21m)
                : 21m,
            AverageDecimals = (int)root.Integer("average_decimals", 0, 9),
            Exclusion = root.Has("exclusion") && root.OneOf("exclusion", "image", "reading")
                == "reading" ? Exclusion.Reading : Exclusion.Image,
            OperatingMin = root.OptionalNumber("operating_min", 0m, 1m) ?? 0m,
            FirstLevel = ProfileLevels.ReadFirst(root, window),
            Parts = ProfileLevels.ReadParts(root, window),
            Levels = ProfileLevels.ReadLevels(root, window),
            LostDaysMax = (int?)root.OptionalInteger("lost_days_max", 0, 366),
            Limits = ProfileLimits.Read(root),
            MissingData = ReadMissingData(root),
            RequiredTests = ReadTests(root),
            HasHourlyFormulas = root.Has("hourly_formulas")
                && root.OneOf("hourly_formulas", "none", "part75") == "part75",
            AdjustsBias = root.Has("bias_adjustment")
                && root.OneOf("bias_adjustment", "none", "rata") == "rata",
            NeedsApproval = root.Has("approval")
                && root.OneOf("approval", "none", "second-person") == "second-person",
            Citations = ProfileLimits.ReadCitations(root),
        };
        CheckWindow(root, profile);
        ProfileLimits.Check(root, profile);
        reference.RefuseUnknownKeys();
        mass.RefuseUnknownKeys();
        root.RefuseUnknownKeys();
        return faults.All.Count == before ? profile : null;
    }

    /// <summary>What the length of the window, or another key, has to allow.</summary>
    private static void CheckWindow(DocumentNode root, Profile profile)
    {
        if (TimeSpan.TicksPerDay % Math.Max(1, profile.Window.Ticks) != 0)
        {
            root.Fault(
                "window", $"'window' is {DocumentText.Format(profile.Window)}, no part of a day",
                "use a length that divides 24 h, such as '10 s' or '30 min'");
        }

        if (profile.MissingData != GapRule.None
            && (profile.Window != TimeSpan.FromHours(1) || profile.Exclusion != Exclusion.Reading))
        {
            root.Fault(
                "missing_data", "gaps are filled hour by hour, and channel by channel",
                "use 'window: 60 min' and 'exclusion: reading'");
        }

        if (profile.HasHourlyFormulas && profile.Window != TimeSpan.FromHours(1))
        {
            root.Fault(
                "hourly_formulas", "the formulas are of hours", "use 'window: 60 min', or none");
        }

        if (profile.AdjustsBias && profile.RequiredTests.All(test => test.Kind != "rata"))
        {
            root.Fault(
                "bias_adjustment", "no audit is asked for that could give a factor",
                "add a test 'rata' to 'quality_tests', or leave the adjustment out");
        }
    }

    private static GapRule ReadMissingData(DocumentNode root) => !root.Has("missing_data")
        ? GapRule.None
        : root.OneOf("missing_data", "none", "part75", "mrr", "hj75") switch
        {
            "part75" => GapRule.Part75,
            "mrr" => GapRule.Mrr,
            "hj75" => GapRule.Hj75,
            _ => GapRule.None,
        };

    private static ImmutableArray<RequiredTest> ReadTests(DocumentNode root)
    {
        var tests = ImmutableArray.CreateBuilder<RequiredTest>();
        foreach (var node in root.Items("quality_tests", 0, TestsMax))
        {
            var test = new RequiredTest(
                node.Id("test"),
                (long)node.Duration("valid", TimeSpan.FromHours(1), TestsLast).TotalHours,
                node.Has("grace")
                    ? (long)node.Duration("grace", TimeSpan.Zero, TestsLast).TotalHours
                    : 0,
                [
                    .. node.Text("of").Split(
                        ',',
                        StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                ]);
            foreach (var wrong in test.Quantities.Where(one => !QuantityUnits.All.Contains(one)))
            {
                node.Fault(
                    "of", $"'{wrong}' is no quantity",
                    $"use some of: {string.Join(", ", QuantityUnits.All)}");
            }

            tests.Add(test);
            node.RefuseUnknownKeys();
        }

        return tests.ToImmutable();
    }

    private static ImmutableArray<Status> ReadStatuses(DocumentNode root)
    {
        var counted = ImmutableArray.CreateBuilder<Status>();
        foreach (var item in root.Items("counted_statuses", 1, Statuses.AllNames.Count))
        {
            var name = item.OneOf("status", [.. Statuses.AllNames]);
            item.OptionalText("why");
            item.RefuseUnknownKeys();
            if (Statuses.Parse(name) is not { } status)
            {
                continue;
            }

            if (status == Status.NoSignal || counted.Contains(status))
            {
                item.Fault(
                    "status", $"'{name}' cannot be counted here",
                    "name a status with a value, each once");
                continue;
            }

            counted.Add(status);
        }

        return counted.ToImmutable();
    }
}

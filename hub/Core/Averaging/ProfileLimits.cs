using System.Collections.Immutable;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Averaging;

/// <summary>Reads the limits of a profile, and where its numbers are from.</summary>
internal static class ProfileLimits
{
    private const int LimitsMax = 20;
    private const int TestsMax = 20;
    private const decimal MilligramsMax = 1_000_000m;

    private const string ConfidenceKey = "confidence";
    private const string LimitsKey = "limits";

    /// <summary>What a profile that cites at all has to cite where it has it.</summary>
    private static readonly string[] Cited =
    [
        "coverage_min", "operating_min", "first_level", "parts", "levels", "lost_days_max",
        "missing_data", "quality_tests", "hourly_formulas", "bias_adjustment", LimitsKey,
    ];

    private static readonly string[] CitedOnce =
    [
        ConfidenceKey, "reference_state", "molar_volume_l", "oxygen_percent",
        "oxygen_constant_percent", "tests",
    ];

    public static ImmutableArray<PollutantLimit> Read(DocumentNode root)
    {
        var limits = ImmutableArray.CreateBuilder<PollutantLimit>();
        foreach (var node in root.Items(LimitsKey, 0, LimitsMax))
        {
            var limit = new PollutantLimit(
                node.OneOf("pollutant", QuantityUnits.AllPollutants),
                node.OptionalNumber("limit", 0.000001m, MilligramsMax),
                node.OptionalNumber(ConfidenceKey, 0m, 1m),
                [.. node.Items("tests", 0, TestsMax).Select(ReadTest)]);
            if (limits.Any(other => other.Pollutant == limit.Pollutant))
            {
                node.Fault(
                    "pollutant", $"'{limit.Pollutant}' is there already",
                    "put all its tests under one");
            }

            limits.Add(limit);
            node.RefuseUnknownKeys();
        }

        return limits.ToImmutable();
    }

    public static ImmutableDictionary<string, Citation> ReadCitations(DocumentNode root)
    {
        var citations = ImmutableDictionary.CreateBuilder<string, Citation>();
        foreach (var node in root.Items("citations", 0, Cited.Length + CitedOnce.Length))
        {
            citations[node.OneOf("of", [.. Cited, .. CitedOnce])] = new Citation(
                node.Text("source"), node.OneOf("mark", "verified", "unverified") == "verified");
            node.RefuseUnknownKeys();
        }

        return citations.ToImmutable();
    }

    /// <summary>What one part of a profile asks of another.</summary>
    public static void Check(DocumentNode root, Profile profile)
    {
        var levels = profile.Levels.Select(level => level.Id)
            .Concat(profile.Parts.Select(part => part.Id)).Append(Profile.WindowLevel).ToList();
        foreach (var test in profile.Limits.SelectMany(limit => limit.Tests)
            .Where(test => !levels.Contains(test.Level)))
        {
            root.Fault(
                LimitsKey, $"'{test.Level}' is no level of this profile",
                $"use one of: {string.Join(", ", levels)}");
        }

        if (profile.Citations.IsEmpty)
        {
            return;
        }

        var isCut = profile.Limits.Any(limit => limit.Confidence is not null);
        var hasOxygen = profile.ReferenceOxygenPercent is not null;
        string[] needed =
        [
            .. Cited.Where(root.Has), "reference_state",
            .. hasOxygen ? (string[])["oxygen_percent", "oxygen_constant_percent"] : [],
            .. isCut ? (string[])[ConfidenceKey] : [],
            .. profile.MolarVolumeL is null ? [] : (string[])["molar_volume_l"],
            .. profile.Limits.Any(limit => limit.Tests.Length > 0) ? (string[])["tests"] : [],
        ];
        foreach (var key in needed.Where(key => !profile.Citations.ContainsKey(key)))
        {
            root.Fault(
                "citations", $"nothing is cited for '{key}'",
                "add its source, and whether it was read there");
        }
    }

    private static LimitTest ReadTest(DocumentNode node)
    {
        var hasFactor = node.Has("factor");
        if (hasFactor == node.Has("limit"))
        {
            node.Fault(
                "limit", "a test has either 'limit' or 'factor'",
                "give mg/m3 as 'limit', or times the emission limit value as 'factor'");
        }

        var share = node.OptionalNumber("share_min", 0.5m, 1m) ?? 1m;
        var over = node.Has("over") ? node.OneOf("over", "year", "any-day") : "year";
        var test = new LimitTest(
            node.Id("level"),
            hasFactor ? null : node.OptionalNumber("limit", 0.000001m, MilligramsMax),
            node.OptionalNumber("factor", 0.01m, 100m), share,
            over == "any-day" ? TestSpan.AnyDay : TestSpan.Year,
            node.OptionalText("either") ?? "");
        node.RefuseUnknownKeys();
        return test;
    }
}

using System.Collections.Immutable;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Averaging;

/// <summary>Reads the levels of a profile, below its window and above it.</summary>
internal static class ProfileLevels
{
    private const int LevelsMax = 10;

    private static readonly (string Name, LevelSpan Span)[] Spans =
    [
        ("day", LevelSpan.Day), ("month", LevelSpan.Month), ("year", LevelSpan.Year),
        ("rolling", LevelSpan.Rolling),
    ];

    public static FirstLevel? ReadFirst(DocumentNode root, TimeSpan window)
    {
        if (root.OptionalChild("first_level") is not { } node)
        {
            return null;
        }

        var first = new FirstLevel(
            ReadPart(node, window), node.Number("coverage_min", 0m, 1m),
            (int?)node.OptionalInteger("quality_hour_min", 1, 60));
        node.RefuseUnknownKeys();
        return first;
    }

    public static ImmutableArray<PartLevel> ReadParts(DocumentNode root, TimeSpan window)
    {
        var parts = ImmutableArray.CreateBuilder<PartLevel>();
        foreach (var node in root.Items("parts", 0, LevelsMax))
        {
            parts.Add(new PartLevel(
                node.Id("id"), ReadPart(node, window),
                node.OneOf("pollutant", QuantityUnits.AllPollutants)));
            node.RefuseUnknownKeys();
        }

        return parts.ToImmutable();
    }

    public static ImmutableArray<Level> ReadLevels(DocumentNode root, TimeSpan window)
    {
        var levels = ImmutableArray.CreateBuilder<Level>();
        foreach (var node in root.Items("levels", 0, LevelsMax))
        {
            var name = node.OneOf("span", [.. Spans.Select(span => span.Name)]);
            var span = Spans.FirstOrDefault(one => one.Name == name).Span;
            var rolling = span == LevelSpan.Rolling
                ? node.Duration("length", window, TimeSpan.FromDays(366))
                : TimeSpan.Zero;
            if (rolling.Ticks % Math.Max(1, window.Ticks) != 0)
            {
                node.Fault(
                    "length", "'length' is no multiple of the window",
                    $"use a multiple of {DocumentText.Format(window)}");
            }

            var level = new Level(
                node.Id("id"), span, rolling, node.Number("hours_min", 0m, 8_784m),
                (int?)node.OptionalInteger("lost_max", 0, 20_000));
            if (level.Id == Profile.WindowLevel || levels.Any(other => other.Id == level.Id))
            {
                node.Fault(
                    "id", $"'{level.Id}' is there already", "give each level an id of its own");
            }

            levels.Add(level);
            node.RefuseUnknownKeys();
        }

        return levels.ToImmutable();
    }

    private static TimeSpan ReadPart(DocumentNode node, TimeSpan window)
    {
        var length = node.Duration("length", TimeSpan.FromSeconds(1), window);
        if (window.Ticks % Math.Max(1, length.Ticks) != 0)
        {
            node.Fault(
                "length", "'length' does not divide the window",
                $"use a part of {DocumentText.Format(window)}");
        }

        return length;
    }
}

using System.Collections.Immutable;
using Monitoring.Core.Amendments;
using Monitoring.Core.Contracts;
using Monitoring.Server.Engine;
using Monitoring.Server.Projection;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Surface;

public sealed class LinePointsTests
{
    private const string Head = "reading,device=gas-analyser,plant=plant-a,point=p ";

    public static TheoryData<PointValue?, string> Values => new()
    {
        { PointValue.Real(61.5), "quality=192,value=61.5 1000" },
        { PointValue.Real(-0.001), "quality=192,value=-0.001 1000" },
        { PointValue.Real(1e300), "quality=192,value=1E+300 1000" },
        { PointValue.Integer(42), "quality=192,value=42 1000" },
        { PointValue.Flag(true), "quality=192,value=1 1000" },
        { PointValue.Of("run"), "quality=192 1000" },
        { null, "quality=192 1000" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_reading_is_a_point_and_what_is_no_number_has_no_value(
        PointValue? value, string expected) =>
        Assert.Equal(Head + expected, Line(batch => LinePoints.OfRecord(batch, Image("p", value))));

    [Theory]
    [InlineData("a b", "a\\ b")]
    [InlineData("a,b=c", "a\\,b\\=c")]
    [InlineData("a\nb", "a\\ b")]
    [InlineData("a\\", "a")]
    [InlineData("Котел 1", "Котел\\ 1")]
    public void Tags_are_escaped(string point, string expected) => Assert.Equal(
        $"reading,device=gas-analyser,plant=plant-a,point={expected} quality=192 1000",
        Line(batch => LinePoints.OfRecord(batch, Image(point, null))));

    [Fact]
    public void An_average_without_value_still_tells_its_coverage()
    {
        var row = Average() with { Value = null, CoveragePercent = "40" };
        Assert.Equal(
            "average,member=member-a,plant=plant-a,pollutant=nox-std,source=stack-a,zone=river "
                + $"coverage=40 {SeededHub.Ms(0)}",
            Line(batch => LinePoints.OfAverage(batch, row, Shipped.Cluster)));
        Assert.Null(Line(batch => LinePoints.OfAverage(
            batch, row with { CoveragePercent = null }, Shipped.Cluster)));
        Assert.Equal(
            "average,pollutant=nox-std,source=stack-z coverage=100,value=61.500000 "
                + $"{SeededHub.Ms(0)}",
            Line(batch => LinePoints.OfAverage(
                batch, Average() with { Source = "stack-z" }, Shipped.Cluster)));
    }

    [Fact]
    public void How_a_source_stands_is_points_of_its_look()
    {
        var standing = new SourceStanding(
            "stack-a", SeededHub.Now, SeededHub.Gaps, SeededHub.Tests,
            [new PollutantDay("nox", SeededHub.Stand.Pollutants[0].Today!)]);
        const string Tags = "plant=plant-a,pollutant=nox,source=stack-a";
        Assert.Equal(
            [
                $"countdown,{Tags} days_left=8,days_lost=2,mean=180.5,rest_mean_max=210,"
                    + "windows_left=4,windows_lost=1",
                $"gap,{Tags} availability_percent=96.5,hours=3",
                $"gap,{Tags.Replace("nox", "flow")} availability_percent=99,hours=0",
                $"gap,{Tags} cost_t=0.75",
                $"test,{Tags},test=rata is_valid=0",
            ],
            Lines(batch => StandingPoints.OfStanding(batch, standing, Shipped.Cluster))
                .Select(line => line[..line.LastIndexOf(' ')]));
    }

    [Fact]
    public void Charts_are_shares_of_their_limits_and_warnings_say_what_is_up()
    {
        var points = DriftChart.PointsOf(new[] { (1, 4m), (0, 2m) }.Select(one => new Amendment
        {
            Source = "stack-a", Quantity = "nox", Kind = AmendmentKind.Test, FromMs = one.Item1,
            Test = "qal3-zero", Result = DriftChart.TextOf(one.Item2, 2), Author = "a",
            Reason = "r",
        }));
        const string Tags = "level=qal3-zero,plant=plant-a,pollutant=nox,source=stack-a";
        // In order of time: 2 less 0.501 x 2, and 4 less that more; of 2.85 x 2 and 6.90 x 4.
        Assert.Equal(
            [
                $"qal3,{Tags} above={0.998m / 5.7m},below=0,difference=1,scatter=0 0",
                $"qal3,{Tags} above={3.996m / 5.7m},below=0,difference=2,scatter=0 1",
            ],
            Lines(batch => StandingPoints.OfChart(
                batch, new ChartRow("stack-a", "nox", "qal3-zero", points), Shipped.Cluster)));
        Assert.Equal(
            "warning,kind=test-due,plant=plant-a,pollutant=nox,source=stack-a,subject=ast "
                + "state=1,text=\"it ends\" 5",
            Line(batch => StandingPoints.OfWarning(
                batch, new WarningRow(1, "w", "stack-a", "nox", "TestDue", "ast", 1, "it ends", 5),
                Shipped.Cluster)));
    }

    [Fact]
    public void A_quota_is_in_tonnes_and_percent_and_a_missing_forecast_is_left_out()
    {
        var row = new QuotaRow
        {
            Id = 1, Bubble = "demo-bubble", Pollutant = "nox", Period = "p",
            Subject = "demo-bubble", AtMs = 5, UsedMg = 1_150_000, HoldingMg = 2_300_000,
            ForecastMg = null,
        };
        Assert.Equal(
            "quota,bubble=demo-bubble,member=_bubble,pollutant=nox "
                + "holding_t=0.0023,used_percent=50,used_t=0.00115 5",
            Line(batch => LinePoints.OfQuota(batch, row)));
        Assert.StartsWith(
            "quota,bubble=demo-bubble,member=member-a,pollutant=nox forecast_t=0.001,holding_t=0,",
            Line(batch => LinePoints.OfQuota(
                batch,
                row with { Subject = "member-a", HoldingMg = 0, ForecastMg = 1_000_000 })));
    }

    [Fact]
    public void Money_is_seen_from_its_account_in_major_units()
    {
        var row = new AccountMoveRow
        {
            Entry = 1, Period = "b/2026-11-24T10:14:00Z", BookedMs = 7,
            Account = "fund:local:river", Asset = "money:EUR", Amount = -1_610, Balance = -2_000,
        };
        var euro = new Currency("EUR", 2);
        Assert.Equal(
            "fund,account=fund:local:river,currency=EUR "
                + "amount=16.1,balance=20,period=\"b/2026-11-24T10:14:00Z\" 7",
            Line(batch => LinePoints.OfAccountMove(batch, row, euro)));
        Assert.Contains(
            "amount=-16.1,balance=-20",
            Line(batch => LinePoints.OfAccountMove(
                batch, row with { Account = "member:a:receivable" }, euro)));
        Assert.Null(Line(batch => LinePoints.OfAccountMove(
            batch, row with { Asset = "mass:nox" }, euro)));
    }

    [Fact]
    public void An_alert_carries_its_sentence_as_an_escaped_string()
    {
        var row = new AlertRow
        {
            Seq = 1, Id = "i", Contract = "demo", Subject = "member-a", Level = "Member",
            Change = "Raised", Reason = "ReachedThreshold", Period = "demo-bubble/x",
            ValueMg = 481_000, LimitMg = 480_000, ThresholdPercent = 100, Provisional = true,
            AtMs = 9,
        };
        Assert.Equal(
            "alert,bubble=demo-bubble,level=member,member=member-a "
                + "ratio_percent=100.20833333333333333333333333,state=1,"
                + "text=\"say \\\"a\\\\b\\\"\" 9",
            Line(batch => LinePoints.OfAlert(batch, row, "say \"a\\b\"")));
        Assert.Contains(
            " state=0,",
            Line(batch => LinePoints.OfAlert(
                batch, row with { Change = "Cleared", ValueMg = null }, "")));
    }

    // Null where it gives no point.
    private static string? Line(Action<PointBatch> add) => Lines(add) is { Count: > 0 } lines
        ? Assert.Single(lines)
        : null;

    private static List<string> Lines(Action<PointBatch> add)
    {
        var batch = new PointBatch();
        add(batch);
        return [.. Enumerable.Range(0, batch.Lines).Select(batch.Text)];
    }

    private static StoredRecord Image(string point, PointValue? value) => new(
        1, SeededHub.PlantA, "e", 1, 1,
        new JournalRecord.Image(
            "gas-analyser", 1000, default, ClockState.Synced,
            ImmutableArray.Create(new Reading(point, value, Quality.Good, Reason.None, 1000))));

    private static AverageRow Average() => new()
    {
        Id = 1, Source = "stack-a", Quantity = "nox-std", Unit = "mg/m3", Value = "61.500000",
        AbsentBecause = null, CoveragePercent = "100", StartMs = SeededHub.Ms(0),
        EndMs = SeededHub.Ms(-10), Revision = 1,
    };
}

namespace Monitoring.Tests.Crash;

/// <summary>The checker finds what it is there for: each planted fault, and no other.</summary>
public sealed class CheckerTests
{
    private const string Epoch = "00000000000000000000000000000001";

    private static readonly Terms DemoTerms = new(
        300, 5_000, [("member-a", 70), ("member-b", 230)]);

    private static readonly ServedImage[] ServedImages =
        [.. Enumerable.Range(1, 20).Select(number => new ServedImage(
            new ImageName("plant-a", "meter", number), 1_000 + (100 * number),
            new Dictionary<string, double> { ["flow"] = number / 10.0 }))];

    [Fact]
    public void A_faithful_log_has_no_findings()
    {
        var report = Check(Faithful());
        Assert.Empty(report.Findings);
        Assert.Empty(report.LostInKills);
    }

    [Fact]
    public void A_lost_image_is_found()
    {
        var stored = Renumbered(Faithful().Where(image => image.Name.Sequence != 7));
        Assert.Equal(["lost: plant-a/meter number 7 at 1700"], Check(stored).Findings);
    }

    [Fact]
    public void An_image_in_the_hand_of_a_killed_edge_is_named_and_no_other_is_forgiven()
    {
        var stored = Renumbered(Faithful().Where(image => image.Name.Sequence is not (5 or 7)));
        var report = Check(stored, new EdgeKill("plant-a", 1_750, 1_790));
        Assert.Equal(["lost: plant-a/meter number 5 at 1500"], report.Findings);
        Assert.Equal(
            ["plant-a/meter number 7, served 50 ms before the edge was dead"],
            report.LostInKills);
        Assert.Equal(2, Check(stored, new EdgeKill("plant-b", 1_750, 1_790)).Findings.Count);
    }

    [Fact]
    public void What_one_append_held_up_is_forgiven_and_nothing_older()
    {
        var stored = Renumbered(Faithful().Where(image => image.Name.Sequence is < 7 or > 18));
        var report = Check(stored, new EdgeKill("plant-a", 2_850, 2_890));
        Assert.Equal(["lost: plant-a/meter number 7 at 1700",
            "lost: plant-a/meter number 8 at 1800"], report.Findings);
        Assert.Equal(10, report.LostInKills.Count);
    }

    [Fact]
    public void A_doubled_image_is_found()
    {
        var stored = Renumbered(Faithful().Append(Faithful()[4]));
        Assert.Equal(["stored 2 times: plant-a/meter number 5"], Check(stored).Findings);
    }

    [Fact]
    public void An_offset_stored_twice_is_found()
    {
        List<StoredImage> stored = [.. Faithful(), Faithful()[4]];
        Assert.Contains(Check(stored).Findings, finding =>
            finding.Contains("from offset 6", StringComparison.Ordinal));
    }

    [Fact]
    public void A_changed_value_is_found_in_its_last_bit()
    {
        var stored = Faithful();
        var changed = Math.BitIncrement(0.3);
        stored[2] = stored[2] with
        {
            Values = new Dictionary<string, double?> { ["flow"] = changed },
        };
        Assert.StartsWith(
            "changed: plant-a/meter number 3", Assert.Single(Check(stored).Findings),
            StringComparison.Ordinal);
        stored[2] = stored[2] with { Values = new Dictionary<string, double?> { ["flow"] = null } };
        Assert.Single(Check(stored).Findings);
    }

    [Fact]
    public void An_image_that_nobody_served_is_found()
    {
        var stored = Faithful();
        stored.Add(stored[0] with { Name = new ImageName("plant-a", "meter", 99), Offset = 21 });
        Assert.Equal(["never served: plant-a/meter number 99"], Check(stored, 21).Findings);
    }

    [Fact]
    public void A_journal_of_which_the_hub_lacks_the_end_is_found()
    {
        var report = Conservation.Check(
            ServedImages, Faithful(), [], [new JournalEnd("plant-a", Epoch, 21, 20, 0)]);
        Assert.Equal(2, report.Findings.Count);
    }

    [Fact]
    public void A_right_fund_has_no_findings() =>
        Assert.Empty(FundCheck.Findings(Fund(), DemoTerms));

    [Fact]
    public void An_unbalanced_entry_is_found()
    {
        var fund = Fund();
        var postings = fund.Entries[0].Postings.Append(new("fund:reserve", "money:EUR", -1));
        var wrong = fund with { Entries = [fund.Entries[0] with { Postings = [.. postings] }] };
        var findings = FundCheck.Findings(wrong, DemoTerms);
        Assert.Contains("entry e1 is out of balance by -1 money:EUR", findings);
        Assert.Contains("the ledger is out of balance in money:EUR", findings);
    }

    [Fact]
    public void A_period_settled_or_charged_twice_is_found()
    {
        var fund = Fund();
        var twice = new FundState(
            [.. fund.Periods, .. fund.Periods], [.. fund.Entries, .. fund.Entries], fund.Facts);
        var findings = FundCheck.Findings(twice, DemoTerms);
        Assert.Contains("settled 2 times: p1", findings);
        Assert.Contains("charged 2 times: p1", findings);
    }

    [Fact]
    public void A_charge_that_does_not_follow_from_the_facts_is_found()
    {
        var fund = Fund();
        FactMass[] facts = [.. fund.Facts, new FactMass("member-a", 15_000, 1_000)];
        Assert.NotEmpty(FundCheck.Findings(fund with { Facts = facts }, DemoTerms));
        Assert.NotEmpty(FundCheck.Findings(fund with { Entries = [] }, DemoTerms));
    }

    private static ConservationReport Check(
        IReadOnlyList<StoredImage> stored, params EdgeKill[] kills) =>
        Conservation.Check(
            ServedImages, stored, kills,
            [new JournalEnd("plant-a", Epoch, stored.Max(it => it.Offset),
                stored.Max(it => it.Offset), 0)]);

    private static ConservationReport Check(IReadOnlyList<StoredImage> stored, long last) =>
        Conservation.Check(
            ServedImages, stored, [], [new JournalEnd("plant-a", Epoch, last, last, 0)]);

    private static List<StoredImage> Faithful() => Renumbered(ServedImages.Select(image =>
        new StoredImage(
            image.Name, Epoch, 0, image.UtcMs,
            image.Values.ToDictionary(it => it.Key, it => (double?)it.Value))));

    private static List<StoredImage> Renumbered(IEnumerable<StoredImage> images) =>
        [.. images.Select((image, i) => image with { Offset = i + 1 })];

    /// <summary>
    /// 100.5 g and 250 g: 101 g counts for the one, so the bubble is 51 g above 300 g; 31 g and
    /// 20 g are the own excesses; EUR 2.55 in all at EUR 50.00 a kilogram.
    /// </summary>
    private static FundState Fund() => new(
        [new SettledPeriod("p1", 10_000, 30_000, 255)],
        [
            new BookedEntry(
                "e1", "p1",
                [
                    new("member:member-a:receivable", "money:EUR", 155),
                    new("member:member-b:receivable", "money:EUR", 100),
                    new("fund:local:river", "money:EUR", -178),
                    new("fund:programme", "money:EUR", -51),
                    new("fund:reserve", "money:EUR", -26),
                ]),
        ],
        [
            new FactMass("member-a", 10_000, 100_000), new FactMass("member-a", 20_000, 500),
            new FactMass("member-b", 10_000, 250_000), new FactMass("member-b", 30_000, 9_000),
        ]);
}

using System.Globalization;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests.Crash;

/// <summary>
/// Edges, hub, broker and InfluxDB are killed, networks cut and the hub's disk filled at random
/// instants while two plants measure ten times a second, and then it is counted.
/// MONITORING_CRASH_SEED repeats a run; MONITORING_LONG_FORMS=1 makes it a hundred rounds,
/// MONITORING_CRASH_ROUNDS any number.
/// </summary>
[Collection(nameof(LoadCollection))]
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int RoundsStandard = 12;
    private const int RoundsLong = 100;

    private static readonly TimeSpan VerifiedWithin = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Killed_anywhere_at_any_time_nothing_is_lost_or_counted_twice()
    {
        var seed = Number("MONITORING_CRASH_SEED")
            ?? (int)(TimeProvider.System.GetTimestamp() % int.MaxValue);
        var isLong = Environment.GetEnvironmentVariable("MONITORING_LONG_FORMS") is "1";
        var rounds = Number("MONITORING_CRASH_ROUNDS") ?? (isLong ? RoundsLong : RoundsStandard);
        var folder = Directory.CreateTempSubdirectory("monitoring-crash-").FullName;
        Say($"MONITORING_CRASH_SEED={seed}, {rounds} rounds, kept on failure: {folder}");
        var files = new DemoFiles(folder, cycle: "100 ms");

        // A short run settles some, and a single window that is whole breaks the cap.
        files.SetBubble("20 s", 5, 20);
        IReadOnlyList<EdgeKill> kills;
        await using (var run = new CrashRun(files, new Random(seed), Say))
        {
            await run.Start();
            for (var round = 0; round < rounds; round++)
            {
                await run.Round(round);
            }

            await run.StopAll();
            kills = run.Kills;
        }

        var findings = await Judge(files, kills);
        Assert.True(
            findings.Count == 0,
            $"seed {seed}, files in {folder}:\n{string.Join("\n", findings.Take(50))}");
        Directory.Delete(folder, recursive: true);
    }

    private async Task<List<string>> Judge(DemoFiles files, IReadOnlyList<EdgeKill> kills)
    {
        var served = DemoFiles.Plants.SelectMany(plant => Stores.Served(files, plant)).ToList();
        var stored = Stores.Stored(files);
        var journals = DemoFiles.Plants.Select(plant => Stores.JournalEnd(files, plant)).ToList();
        var images = Conservation.Check(served, stored, kills, journals);
        var books = new HubBooks(files);
        var accounts = await books.Accounts();
        var fund = books.Fund();
        Print(served, stored, images, accounts);
        Say($"periods settled {fund.Periods.Count}, entries {fund.Entries.Count}, "
            + $"charged {fund.Periods.Sum(period => period.TotalMinor)} minor units");
        List<string> findings =
        [
            .. images.Findings,
            .. books.Unaccounted(accounts, stored),
            .. FundCheck.Findings(fund, books.Terms),
        ];
        var (code, sentence) = await Verified(files);
        Say(sentence);
        if (code != 0)
        {
            findings.Add($"monitoring-verify ends with {code}: {sentence}");
        }

        if (fund.Entries.Count == 0)
        {
            findings.Add("no period was charged, so the fund was not tried");
        }

        return findings;
    }

    /// <summary>What somebody who shares no code with the hub says of its log and books.</summary>
    private static async Task<(int? Code, string Said)> Verified(DemoFiles files)
    {
        var copy = Path.Combine(files.Folder, "copy");
        await using var export = Child.Start(
            Programs.HubProgram, ["export", "log", "--data", files.HubFolder, "--to", copy]);
        if (await export.WaitForExit(VerifiedWithin) != 0)
        {
            return (null, export.Output);
        }

        await using var verify = Child.Start(
            Checkout.Program("Verifier", "monitoring-verify"), [copy]);
        return (await verify.WaitForExit(VerifiedWithin), verify.Output);
    }

    private void Print(
        List<ServedImage> served, List<StoredImage> stored, ConservationReport images,
        IReadOnlyList<DeviceAccount> accounts)
    {
        Say("device                            served  stored  silent  in kill    used"
            + "    open  excluded");
        foreach (var account in accounts)
        {
            var (plant, device) = (account.Device.Gateway.Plant, account.Device.Name);
            bool IsOwn(ImageName name) => name.Plant == plant && name.Device == device;
            var rules = string.Join(
                ", ", account.Excluded.Select(rule => $"{rule.Key} {rule.Value}"));
            Say(string.Create(
                CultureInfo.InvariantCulture,
                $"{account.Device,-32}{served.Count(image => IsOwn(image.Name)),8}"
                + $"{account.Stored,8}"
                + $"{stored.Count(it => IsOwn(it.Name) && it.Name.Sequence is null),8}"
                + $"{images.LostInKills.Count(it => it.StartsWith($"{plant}/{device} ")),9}"
                + $"{account.Used,8}{account.Open,8}  {rules}"));
        }

        foreach (var lost in images.LostInKills)
        {
            Say($"in the hand of a killed edge: {lost}");
        }
    }

    private void Say(string line)
    {
        output.WriteLine(line);
        Console.WriteLine(line);
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : null;
}

/// <summary>Runs alone: other tests would take the time that it needs.</summary>
[CollectionDefinition(nameof(LoadCollection), DisableParallelization = true)]
public sealed class LoadCollection;

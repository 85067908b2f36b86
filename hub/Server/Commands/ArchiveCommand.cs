using System.CommandLine;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Archive;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub archive make|verify</c>: old records in files, also while the hub runs.
/// </summary>
internal static class ArchiveCommand
{
    private const int DaysMax = 36_500;

    public static Command Create()
    {
        var days = new Option<int>("--older-than-days")
        {
            Description = "Only records that were stored longer ago than this.", Required = true,
        };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > DaysMax)
            {
                result.AddError($"--older-than-days is a number from 0 to {DaysMax}.");
            }
        });
        var make = new Command("make", "Moves old records into archives.")
        {
            days, HubDocuments.DataOption,
        };
        make.SetAction((result, _) => RunAsync(
            result, records => MakeAsync(records, result.GetRequiredValue(days))));
        var verify = new Command("verify", "Checks every archive, byte for byte.")
        {
            HubDocuments.DataOption,
        };
        verify.SetAction((result, _) => RunAsync(result, VerifyAsync));
        return new Command("archive", "Works on the archives of old records.") { make, verify };
    }

    private static async Task<int> RunAsync(
        ParseResult result, Func<RecordLog, Task<int>> work)
    {
        var data = result.GetRequiredValue(HubDocuments.DataOption).FullName;
        var file = Path.Combine(data, "records.db");
        if (!File.Exists(file))
        {
            await System.Console.Error.WriteLineAsync(
                $"{data} has no records.db; name the hub's folder with --data.");
            return ExitCode.BadInput;
        }

        try
        {
            await using var records = RecordLog.Open(file);
            return await work(records);
        }
        catch (Exception e) when (e is RecordLogException or StoreException
            or NewerSchemaException or IOException or UnauthorizedAccessException)
        {
            await System.Console.Error.WriteLineAsync(e.Message);
            return ExitCode.Failed;
        }
    }

    private static async Task<int> MakeAsync(RecordLog records, int days)
    {
        var now = TimeProvider.System.GetUtcNow();
        while (await records.Archives.MakeNextAsync(
            now.AddDays(-days).ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds())
            is { } archive)
        {
            System.Console.WriteLine(
                $"Records {archive.First} to {archive.Last} are in {archive.File}.");
        }

        System.Console.WriteLine($"{records.Archives.All().Count} archives in all.");
        return ExitCode.Ok;
    }

    private static async Task<int> VerifyAsync(RecordLog records)
    {
        var faults = 0;
        await foreach (var fault in records.Archives.FaultsAsync())
        {
            faults++;
            await System.Console.Error.WriteLineAsync(fault);
        }

        var all = records.Archives.All();
        var deleted = records.Archives.Deletions();
        if (deleted.Count > 0)
        {
            var upTo = all.Last(archive => archive.IsDeleted);
            System.Console.WriteLine(
                $"{deleted.Count} archives up to record {upTo.Last} were deleted by their "
                    + "retention; their digests are kept.");
        }

        System.Console.WriteLine(
            $"{all.Count} archives with {all.Sum(archive => archive.Records)} records, "
                + $"{faults} of them not as they were made; the last digest is "
                + $"{(all is [.., var newest] ? newest.Chain : "none")}.");
        return faults == 0 ? ExitCode.Ok : ExitCode.Failed;
    }
}

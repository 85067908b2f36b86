using Dapper;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Rig;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Crash;

/// <summary>The files of a stopped hub, read with the hub's own documents.</summary>
public sealed class HubBooks
{
    private readonly DemoFiles _files;
    private readonly ClusterMap _cluster;
    private readonly ProfileSet _profiles;
    private readonly Contract _contract;

    public HubBooks(DemoFiles files)
    {
        _files = files;
        var faults = new Faults();
        var profile = ProfileReader.Read(files.Profile, File.ReadAllText(files.Profile), faults)!;
        _cluster = ClusterReader.Read(
            files.Cluster, File.ReadAllText(files.Cluster), [profile], faults)!;
        _contract = ContractReader.Read(
            files.Contract, File.ReadAllBytes(files.Contract),
            new ContractSurroundings(
                [.. _cluster.Members.Select(member => member.Id)], [profile.Window]),
            faults)!;
        Assert.Empty(faults.All);
        _profiles = new ProfileSet(new Dictionary<string, Profile> { [profile.Id] = profile });
    }

    public Terms Terms => new(
        _contract.Bubble.CapGrams, _contract.Charge.RateMinorUnits,
        [.. _contract.Bubble.Holdings.Select(holding => (holding.Member, holding.Grams))]);

    /// <summary>What the hub itself says became of each image.</summary>
    public async Task<IReadOnlyList<DeviceAccount>> Accounts()
    {
        await using var records = RecordLog.Open(_files.RecordsFile);
        var books = Books.Open(_files.BooksFile);
        return new Accounting(records, books, _cluster, _profiles).Report();
    }

    public FundState Fund()
    {
        using var books = Stores.Open(_files.BooksFile);
        var postings = books.Query<(long Entry, string Account, string Asset, long Amount)>(
            "SELECT entry, account, asset, amount FROM posting ORDER BY id").ToList();
        return new FundState(
            [
                .. books.Query<(string Period, long StartMs, long EndMs, long Total)>(
                    "SELECT period, start_ms, end_ms, total_minor FROM settlement ORDER BY seq")
                    .Select(row => new SettledPeriod(
                        row.Period, row.StartMs, row.EndMs, row.Total)),
            ],
            [
                .. books.Query<(long Seq, string Id, string Period)>(
                    "SELECT seq, id, period FROM entry ORDER BY seq")
                    .Select(row => new BookedEntry(
                        row.Id, row.Period,
                        [
                            .. postings.Where(posting => posting.Entry == row.Seq)
                                .Select(it => new BookedPosting(it.Account, it.Asset, it.Amount)),
                        ])),
            ],
            [
                .. books.Query<(string Member, long StartMs, long Milligrams)>(
                    """
                    SELECT member, start_ms, milligrams FROM fact AS f
                    WHERE pollutant = @Pollutant AND revision = (SELECT MAX(revision)
                        FROM window AS other WHERE other.source = f.source
                          AND other.start_ms = f.start_ms)
                    """,
                    new { _contract.Bubble.Pollutant })
                    .Select(row => new FactMass(row.Member, row.StartMs, row.Milligrams)),
            ]);
    }

    /// <summary>
    /// Images and readings in the record log against what the books say of them.
    /// </summary>
    public IEnumerable<string> Unaccounted(
        IReadOnlyList<DeviceAccount> accounts, IReadOnlyList<StoredImage> stored)
    {
        using var books = Stores.Open(_files.BooksFile);
        foreach (var account in accounts)
        {
            var plant = account.Device.Gateway.Plant;
            var own = stored.Where(image =>
                image.Name.Plant == plant && image.Name.Device == account.Device.Name).ToList();
            var source = _cluster.Sources.Single(it => it.Plant == plant);
            var points = source.Quantities.Where(it => it.Device == account.Device.Name)
                .Select(quantity => quantity.Point).ToHashSet();
            var closed = books.QuerySingle<(long Images, long Readings)>(
                """
                SELECT COALESCE(SUM(images), 0), COALESCE(SUM(readings), 0)
                FROM fate JOIN window AS w ON w.id = fate."window"
                WHERE source = @Id AND device = @Name AND revision = (SELECT MAX(revision)
                    FROM window AS other WHERE other.source = w.source
                      AND other.start_ms = w.start_ms)
                """,
                new { source.Id, account.Device.Name });
            var readings = own.Sum(image => image.Values.Keys.Count(points.Contains));
            var apart = (own.Count - closed.Images) * points.Count;
            if (account.Stored != own.Count || account.Unaccounted != 0)
            {
                yield return $"{account.Device}: {account.Unaccounted} images unaccounted for, "
                    + $"{own.Count} stored";
            }

            if (closed.Readings + apart != readings)
            {
                yield return $"{account.Device}: {readings} readings are stored, "
                    + $"{closed.Readings} in windows and {apart} outside";
            }
        }
    }
}

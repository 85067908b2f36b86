using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;

namespace Monitoring.Tests.Modbus;

/// <summary>
/// Never a wrong value: what comes back from a line on which everything goes wrong is the answer
/// to the request that was just asked, or nothing. The long form sets
/// MONITORING_CHAOS_EXCHANGES to 1000000.
/// </summary>
public sealed class ChaosTests
{
    private const string ExchangesVariable = "MONITORING_CHAOS_EXCHANGES";

    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(200);

    private static int Exchanges => int.Parse(
        Environment.GetEnvironmentVariable(ExchangesVariable) ?? "10000",
        CultureInfo.InvariantCulture);

    /// <param name="Asked">Exchanges.</param>
    /// <param name="MixedUp">Values that were the answer to something else.</param>
    /// <param name="Garbled">Values that nobody sent.</param>
    /// <param name="Damaged">Frames that were damaged on the way.</param>
    private sealed record Tally(int Asked, int Answered, int MixedUp, int Garbled, int Damaged);

    /// <summary>Weaknesses that a master could have.</summary>
    [Flags]
    public enum Weakness
    {
        None = 0,
        ChecksNoSum = 1,
        ChecksNoTransaction = 2,
        DrainsNothing = 4,
        SettlesNothing = 8,
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public void No_value_is_wrong(bool isRtu, int seed)
    {
        var tally = Run(isRtu, seed, Exchanges, Weakness.None);
        Assert.Equal(0, tally.MixedUp);

        // A sum of 16 bits lets one of 65 536 damaged frames pass; how often can be said, not
        // that it never happens. Over TCP nothing is left to chance.
        Assert.InRange(tally.Garbled, 0, isRtu ? 1 + 4 * tally.Damaged / 65_536 : 0);
        Assert.True(tally.Answered > tally.Asked / 4, tally.ToString());
    }

    [Theory]
    [InlineData(true, Weakness.ChecksNoSum)]
    [InlineData(false, Weakness.ChecksNoTransaction)]
    [InlineData(true, Weakness.DrainsNothing)]
    [InlineData(true, Weakness.SettlesNothing)]
    public void A_master_with_a_weakness_is_found_out(bool isRtu, Weakness weakness)
    {
        var tally = Run(isRtu, seed: 3, exchanges: 5_000, weakness);
        Assert.True(tally.MixedUp + tally.Garbled > 0, tally.ToString());
    }

    [Fact]
    public void The_sum_lets_one_damaged_frame_of_65_536_pass()
    {
        var (random, passed) = (new Random(5), 0);
        var frame = new byte[13];
        for (var i = 0; i < 1_000_000; i++)
        {
            random.NextBytes(frame);
            passed += RtuFrame.IsIntact(frame) ? 1 : 0;
        }

        // 15.3 are expected; as many as 45 or as few as 2 come once in a thousand years of runs.
        Assert.InRange(passed, 2, 45);
    }

    private static Tally Run(bool isRtu, int seed, int exchanges, Weakness weakness)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddDays(20_000));
        var random = new Random(seed);
        var server = new ChaosServer(isRtu, Timeout, time, random)
        {
            RepairsSums = weakness.HasFlag(Weakness.ChecksNoSum),
        };
        FakeByteLink line = null!;
        line = new FakeByteLink(time, request =>
        {
            var arrivals = server.Answer(request).ToList();
            if (server.Cuts)
            {
                line.Cut();
            }

            return arrivals;
        })
        {
            IsStream = !isRtu,
            HidesFromDrains = weakness.HasFlag(Weakness.DrainsNothing),
            TakesTransactionOfRequest = weakness.HasFlag(Weakness.ChecksNoTransaction),
        };
        using var opened = line;
        var (tally, failures) = (new Tally(exchanges, 0, 0, 0, 0), 0);
        var master = Master(isRtu, line, time);
        for (var i = 0; i < exchanges; i++)
        {
            master = weakness.HasFlag(Weakness.SettlesNothing) ? Master(isRtu, line, time) : master;
            if (!line.IsOpen || failures > 3)
            {
                master.Open();
                failures = 0;
            }

            if (random.Next(8) == 0)
            {
                master.Idle(Timeout * random.NextDouble());
            }

            var unit = (byte)random.Next(1, 4);
            var block = new ReadBlock(
                random.Next(3) == 0 ? RegisterTable.Input : RegisterTable.Holding,
                random.Next(10), 6 + random.Next(2));
            var before = server.Count;
            var outcome = master.Ask(unit, ModbusRequest.Read(block), CancellationToken.None);
            failures = outcome is ModbusOutcome.Failed ? failures + 1 : 0;
            tally = outcome is ModbusOutcome.Answered answer
                ? Count(tally, answer.Pdu, unit, block, before) : tally;
        }

        return tally with { Damaged = server.Damaged };
    }

    private static IModbusExchange Master(bool isRtu, IByteLink line, TimeProvider time)
    {
        var site = new SiteLink.Tcp("lan", "none", 502, isRtu, Timeout);
        return isRtu ? new RtuExchange(line, site, time) : new TcpExchange(line, site, time);
    }

    private static Tally Count(Tally tally, byte[] pdu, byte unit, ReadBlock block, uint before)
    {
        var number = BinaryPrimitives.ReadUInt32BigEndian(pdu.AsSpan(6));
        var isWhole = BinaryPrimitives.ReadUInt32BigEndian(pdu.AsSpan(10)) == ~number
            && pdu.AsSpan(14).IndexOfAnyExcept((byte)0) < 0;
        var isOurs = pdu[2] == unit && pdu[3] == (byte)ModbusRequest.FunctionOf(block.Table)
            && BinaryPrimitives.ReadUInt16BigEndian(pdu.AsSpan(4)) == block.Start;
        return tally with
        {
            Answered = tally.Answered + 1,
            Garbled = tally.Garbled + (isWhole ? 0 : 1),
            MixedUp = tally.MixedUp + (isWhole && !(isOurs && number > before) ? 1 : 0),
        };
    }
}

using CsCheck;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

public sealed class DeviceLearningTests
{
    /// <summary>An instrument that has only some registers and bears only small requests.</summary>
    /// <param name="ForAddress">The exception for registers that it does not have.</param>
    /// <param name="ForSize">The exception for too many at once.</param>
    private sealed record Instrument(
        HashSet<(RegisterTable, int)> Missing, int RegistersMax, int BitsMax, int ForAddress,
        int ForSize)
    {
        /// <summary>0, or the code of the exception.</summary>
        public int Answer(ReadBlock block)
        {
            var registers = Enumerable.Range(block.Start, block.Count);
            return block.Count > (Plans.IsBits(block.Table) ? BitsMax : RegistersMax)
                ? ForSize
                : registers.Any(one => Missing.Contains((block.Table, one))) ? ForAddress : 0;
        }
    }

    private static readonly Gen<Instrument> Instruments = Gen.Select(
        Gen.Select(Gen.Enum<RegisterTable>(), Gen.Int[0, 64]).Array[0, 30],
        Gen.Int[1, 50], Gen.Int[1, 70], Gen.Int[2, 3], Gen.Int[2, 3],
        (missing, registers, bits, address, size) =>
            new Instrument([.. missing], registers, bits, address, size));

    [Fact]
    public void Whatever_the_instrument_can_serve_is_read_in_the_end() => Gen.Select(
            Plans.Cases(30), Instruments)
        .Sample(
            (given, instrument) =>
            {
                var (plan, _) = Learn(given, instrument);
                foreach (var point in plan.Unreadable)
                {
                    var source = given.Map.Points[point.Point].Registers;
                    var isServed = instrument.Answer(Plans.Hull([source])) == 0
                        && Plans.IsLawful(given.Map.Limits, [source]);
                    Assert.False(isServed);
                }

                Assert.All(plan.Reads, read => Assert.Equal(0, instrument.Answer(read.Block)));
            },
            iter: 1_000);

    [Fact]
    public void One_missing_register_among_many_is_found_by_halves()
    {
        var map = Plans.Map(RequestLimits.Standard, [.. Enumerable.Range(0, 100).Select(
            address => new PointSource.Registers(
                RegisterTable.Holding, address, RegisterType.U16))]);
        var given = new PlanCase(map, LinkCost.Of(Plans.Bus9600));
        var (plan, refused) = Learn(
            given, new Instrument([(RegisterTable.Holding, 70)], 125, 2000, 2, 3));
        Assert.Equal("H0+70 H71+29", Plans.Text(plan));
        Assert.InRange(refused.Count, 7, 8);
        Assert.Equal(
            new UnreadablePoint(
                70, Reason.IllegalAddress, "the device refused to read its registers"),
            Assert.Single(plan.Unreadable));
    }

    [Fact]
    public void A_hole_that_is_not_there_costs_one_request_more_and_no_point()
    {
        var map = Plans.Map(RequestLimits.Standard, [.. new[] { 0, 2, 10, 12 }.Select(
            address => new PointSource.Registers(
                RegisterTable.Input, address, RegisterType.F32))]);
        var given = new PlanCase(map, LinkCost.Of(Plans.Bus9600));
        Assert.Equal("I0+14", Plans.Text(given.Plan()));
        var (plan, refused) = Learn(
            given, new Instrument([(RegisterTable.Input, 7)], 125, 2000, 2, 3));
        Assert.Equal("I0+4 I10+4", Plans.Text(plan));
        Assert.Empty(plan.Unreadable);
        Assert.Single(refused);
    }

    [Fact]
    public void A_smaller_maximum_is_found_and_holds_for_every_block_of_its_kind()
    {
        var map = Plans.Map(RequestLimits.Standard, [.. Enumerable.Range(0, 300).Select(
            address => new PointSource.Registers(
                RegisterTable.Holding, address, RegisterType.U16))]);
        var given = new PlanCase(map, LinkCost.Of(Plans.Network));
        var (plan, refused) = Learn(given, new Instrument([], 118, 2000, 2, 3));
        Assert.Equal([125, 123, 120], refused.Select(block => block.Count));
        Assert.Equal(3, plan.Reads.Length);
        Assert.Empty(plan.Unreadable);
    }

    /// <summary>Some instruments say 3 for 2: one point must not slow the rest.</summary>
    [Fact]
    public void A_size_that_was_served_before_is_not_to_blame()
    {
        var block = new ReadBlock(RegisterTable.Holding, 0, 50);
        var learned = DeviceLearning.None.AfterServed(block)
            .AfterIllegalValue(block with { Start = 100 });
        Assert.Equal(int.MaxValue, learned.CountMax(RegisterTable.Holding));
        Assert.Equal(
            new RegisterRange(RegisterTable.Holding, 100, 149), Assert.Single(learned.Refused));
    }

    /// <summary>Else a restarting instrument would lose points for good.</summary>
    [Fact]
    public void What_was_served_before_is_not_taken_for_missing()
    {
        var block = new ReadBlock(RegisterTable.Input, 10, 20);
        var learned = DeviceLearning.None.AfterServed(block);
        var part = new ReadBlock(RegisterTable.Input, 12, 4);
        Assert.Same(learned, learned.AfterIllegalAddress(part));
        Assert.Same(learned, learned.AfterIllegalValue(part));
        Assert.Same(learned, learned.AfterServed(part));
    }

    /// <summary>Reads in cycles as a master does, until one teaches nothing more.</summary>
    private static (ReadPlan Plan, List<ReadBlock> Refused) Learn(
        PlanCase given, Instrument instrument)
    {
        var (learned, refused) = (DeviceLearning.None, new List<ReadBlock>());
        while (true)
        {
            var (plan, before, seen) = (given.Plan(learned), learned, refused.Count);
            foreach (var block in plan.Reads.Select(read => read.Block)
                .TakeWhile(_ => refused.Count == seen))
            {
                var answer = instrument.Answer(block);
                Assert.True(answer != 2 || !refused.Contains(block), $"{block} is asked again");
                learned = answer switch
                {
                    0 => learned.AfterServed(block),
                    2 => learned.AfterIllegalAddress(block),
                    _ => learned.AfterIllegalValue(block),
                };
                if (answer != 0)
                {
                    refused.Add(block);
                }
            }

            if (learned == before)
            {
                return (plan, refused);
            }

            Assert.True(refused.Count < 1_000, "it does not end");
        }
    }
}

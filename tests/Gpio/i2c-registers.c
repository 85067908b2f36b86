// SPDX-License-Identifier: GPL-2.0
// An I2C bus with one chip at 0x76: 256 registers of a byte that keep what is written. The first
// byte of a write is the address, which then counts up. Debian's i2c-stub is no such bus: it knows
// SMBus commands only, and System.Device.Gpio sends plain I2C messages.
#include <linux/i2c.h>
#include <linux/module.h>

#define CHIP_ADDRESS 0x76

static u8 registers[256];
static u8 pointer;

static int transfer(struct i2c_adapter *adapter, struct i2c_msg *messages, int count)
{
	int i, k;

	for (i = 0; i < count; i++) {
		struct i2c_msg *message = &messages[i];

		if (message->addr != CHIP_ADDRESS)
			return -ENXIO; // Nobody acknowledges.
		for (k = 0; k < message->len; k++) {
			if (message->flags & I2C_M_RD)
				message->buf[k] = registers[pointer++];
			else if (k == 0)
				pointer = message->buf[0];
			else
				registers[pointer++] = message->buf[k];
		}
	}
	return count;
}

static u32 functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C;
}

static const struct i2c_algorithm algorithm = {
	.master_xfer = transfer,
	.functionality = functionality,
};

static struct i2c_adapter adapter = {
	.owner = THIS_MODULE,
	.name = "registers",
	.algo = &algorithm,
};

static int __init start(void)
{
	return i2c_add_adapter(&adapter);
}

static void __exit stop(void)
{
	i2c_del_adapter(&adapter);
}

module_init(start);
module_exit(stop);
MODULE_LICENSE("GPL");
